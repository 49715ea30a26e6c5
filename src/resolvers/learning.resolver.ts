import { Arg, Args, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toUserErrors } from './payloads.js';
import type { LearningService } from '../labelling/learning/learning.service.js';
import { orRefusal } from '../labelling/refusals.js';
import { LabelHeadPayload, LabelSetQuality, LabelSetQualityArgs } from '../schema/learning.types.js';

/** Label sets that learn from corrections. */
@Resolver()
export class LearningResolver {
  constructor(private readonly service: LearningService) {}

  @Authorized('VIEWER')
  @Query(() => LabelSetQuality, { nullable: true })
  labelSetQuality(
    @Ctx() { viewer }: RequestContext,
    @Args(() => LabelSetQualityArgs) { labelSetId, wantedPrecision }: LabelSetQualityArgs,
  ): Promise<LabelSetQuality | null> {
    return this.service.quality(viewer, labelSetId, wantedPrecision);
  }

  @Authorized('LABELLER')
  @Mutation(() => LabelHeadPayload, {
    description:
      'Learns from what people decided by now, which also happens by itself; of an exclusive set from pictures with an ' +
      'accepted label, without what `acceptAllAbove` did. Suggestions change with the next `classifyAssets`. What is learned answers from then on if it is better than the zero-shot prior on pictures that it was ' +
      'not trained on; else all stays as it is.',
  })
  async trainLabelSet(
    @Ctx() { viewer }: RequestContext,
    @Arg('labelSetId', () => ID) labelSetId: string,
  ): Promise<LabelHeadPayload> {
    const { value, refusal } = await orRefusal(() => this.service.train(viewer, labelSetId));
    return { head: value, userErrors: toUserErrors(refusal) };
  }

  @Authorized('LABELLER')
  @Mutation(() => LabelHeadPayload, {
    description: 'Has the version answer that did before, or the zero-shot prior where there was none.',
  })
  async rollbackLabelSet(
    @Ctx() { viewer }: RequestContext,
    @Arg('labelSetId', () => ID) labelSetId: string,
  ): Promise<LabelHeadPayload> {
    const { value, refusal } = await orRefusal(() => this.service.rollBack(viewer, labelSetId));
    return { head: value, userErrors: toUserErrors(refusal) };
  }
}
