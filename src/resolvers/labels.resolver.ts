import { Args, Authorized, Ctx, Extensions, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toLabelledPayload, toLabellingPayload } from './payloads.js';
import type { LabelsService } from '../labelling/labels.service.js';
import { LabelAssetsArgs, LabelsArgs } from '../schema/label.inputs.js';
import { LabelledAssetsPayload } from '../schema/payload.types.js';

@Resolver()
export class LabelsResolver {
  constructor(private readonly labels: LabelsService) {}

  @Extensions({ length: 'assetIds' })
  @Authorized('LABELLER')
  @Mutation(() => LabelledAssetsPayload, {
    description:
      'Classifies up to 1,000 READY assets and suggests the labels that pass, as labels of no set: source MODEL. What a ' +
      'person decided stays, and a label that a person took away is not suggested again. 20,000 may pass at most.',
  })
  async labelAssets(
    @Ctx() { viewer }: RequestContext,
    @Args(() => LabelAssetsArgs) { assetIds, multiLabel, ...request }: LabelAssetsArgs,
  ): Promise<LabelledAssetsPayload> {
    const outcome = await this.labels.classifyAndLabel(viewer, assetIds, { ...request, isMultiLabel: multiLabel });
    return toLabelledPayload(outcome, { assetIds });
  }

  @Extensions({ length: 'assetIds' })
  @Authorized('LABELLER')
  @Mutation(() => LabelledAssetsPayload, {
    description:
      'Gives labels of no set by hand: source HUMAN, ACCEPTED. One of the same name in a set is another label, which ' +
      '`reviewLabels` gives. Labels times assets are 20,000 at most.',
  })
  async addLabels(
    @Ctx() { viewer }: RequestContext,
    @Args(() => LabelsArgs) { assetIds, labels }: LabelsArgs,
  ): Promise<LabelledAssetsPayload> {
    return toLabellingPayload(await this.labels.add(viewer, assetIds, labels), { assetIds });
  }

  @Extensions({ length: 'assetIds' })
  @Authorized('LABELLER')
  @Mutation(() => LabelledAssetsPayload, {
    description:
      'Takes every label of these names that the assets have away by hand, those of sets too: REJECTED, so that no model ' +
      'suggests it again. A name that an asset has no label of is passed over. Labels times assets are 20,000 at most, ' +
      'and so is what is taken away.',
  })
  async removeLabels(
    @Ctx() { viewer }: RequestContext,
    @Args(() => LabelsArgs) { assetIds, labels }: LabelsArgs,
  ): Promise<LabelledAssetsPayload> {
    return toLabellingPayload(await this.labels.remove(viewer, assetIds, labels), { assetIds });
  }
}
