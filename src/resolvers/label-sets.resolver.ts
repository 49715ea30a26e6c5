import { Arg, Args, Authorized, Ctx, Extensions, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toUserErrors } from './payloads.js';
import type { LabelSetsService } from '../labelling/label-sets.service.js';
import { orRefusal } from '../labelling/refusals.js';
import type { MergeLabelsService } from '../labelling/merge-labels.service.js';
import type { SetLabelsService } from '../labelling/set-labels.service.js';
import {
  DeleteLabelsPayload,
  LabelInput,
  LabelPatch,
  LabelPayload,
  LabelSet,
  LabelSetInput,
  LabelSetPatch,
  LabelSetPayload,
  MergeLabelsArgs,
} from '../schema/label-set.types.js';
import { UP_TO_MAX_IDS } from '../schema/limits.js';

/** Which words there are to label with. */
@Resolver()
export class LabelSetsResolver {
  constructor(
    private readonly sets: LabelSetsService,
    private readonly labels: SetLabelsService,
    private readonly merging: MergeLabelsService,
  ) {}

  @Authorized('VIEWER')
  @Query(() => [LabelSet], { description: 'By name.' })
  labelSets(@Ctx() { viewer }: RequestContext): Promise<LabelSet[]> {
    return this.sets.list(viewer);
  }

  @Authorized('VIEWER')
  @Query(() => LabelSet, { nullable: true })
  labelSet(@Ctx() { viewer }: RequestContext, @Arg('id', () => ID) id: string): Promise<LabelSet | null> {
    return this.sets.find(viewer, id);
  }

  @Authorized('EDITOR')
  @Mutation(() => LabelSetPayload, { description: 'With its labels, all or nothing.' })
  createLabelSet(
    @Ctx() { viewer }: RequestContext,
    @Arg('input', () => LabelSetInput) input: LabelSetInput,
  ): Promise<LabelSetPayload> {
    return toSetPayload(() => this.sets.create(viewer, input));
  }

  @Authorized('EDITOR')
  @Mutation(() => LabelSetPayload, {
    description: 'A classification that is under way goes on with the set as it was.',
  })
  updateLabelSet(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => LabelSetPatch) input: LabelSetPatch,
  ): Promise<LabelSetPayload> {
    return toSetPayload(() => this.sets.update(viewer, id, input));
  }

  @Authorized('EDITOR')
  @Mutation(() => LabelSetPayload, {
    description:
      'With its labels, on whatever assets they are. Their history tells of it. Returns what there was. The set is gone at once; ' +
      'off more than 1,000 assets its labels are taken behind the scenes, by jobs of the kind DELETE_LABELS.',
  })
  deleteLabelSet(@Ctx() { viewer }: RequestContext, @Arg('id', () => ID) id: string): Promise<LabelSetPayload> {
    return toSetPayload(() => this.sets.delete(viewer, id));
  }

  @Authorized('EDITOR')
  @Mutation(() => LabelSetPayload, { description: 'Adds labels to a set, all or nothing.' })
  createLabels(
    @Ctx() { viewer }: RequestContext,
    @Arg('labelSetId', () => ID) labelSetId: string,
    @Arg('labels', () => [LabelInput], { description: 'Up to 1,000, with those that the set has.' })
    labels: LabelInput[],
  ): Promise<LabelSetPayload> {
    return toSetPayload(async () => {
      await this.labels.create(viewer, labelSetId, labels);
      return this.sets.get(viewer, labelSetId);
    });
  }

  @Authorized('EDITOR')
  @Mutation(() => LabelPayload, { description: 'A field left out stays as it is.' })
  async updateLabel(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => LabelPatch) input: LabelPatch,
  ): Promise<LabelPayload> {
    const { value, refusal } = await orRefusal(() => this.labels.update(viewer, id, input));
    return { label: value, userErrors: toUserErrors(refusal) };
  }

  @Extensions({ length: 'ids' })
  @Authorized('EDITOR')
  @Mutation(() => DeleteLabelsPayload, {
    description:
      'Up to 1,000, all or nothing, on whatever assets they are. Their history tells of it. Off more than 1,000 assets they are ' +
      'taken behind the scenes, by jobs of the kind DELETE_LABELS; nobody sees them from now on.',
  })
  async deleteLabels(
    @Ctx() { viewer }: RequestContext,
    @Arg('ids', () => [ID], { description: UP_TO_MAX_IDS }) ids: string[],
  ): Promise<DeleteLabelsPayload> {
    const { value, refusal } = await orRefusal(() => this.labels.delete(viewer, ids));
    return { deletedIds: value ?? [], userErrors: toUserErrors(refusal) };
  }

  @Authorized('EDITOR')
  @Mutation(() => LabelPayload, {
    description:
      'Makes labels of one set one: the names become synonyms, the assignments move. Where two meet on an asset, what a ' +
      'person decided comes first, and of two such the acceptance. Refused where more than 50 synonyms would result. Of ' +
      'more than 1,000 assets that have the label then, the rest are found by the new words a little later, after jobs of ' +
      'the kind REFRESH_LABEL.',
  })
  async mergeLabels(
    @Ctx() { viewer }: RequestContext,
    @Args(() => MergeLabelsArgs) { ids, intoId }: MergeLabelsArgs,
  ): Promise<LabelPayload> {
    const { value, refusal } = await orRefusal(() => this.merging.merge(viewer, ids, intoId));
    return { label: value, userErrors: toUserErrors(refusal) };
  }
}

async function toSetPayload(act: () => Promise<LabelSet>): Promise<LabelSetPayload> {
  const { value, refusal } = await orRefusal(act);
  return { labelSet: value, userErrors: toUserErrors(refusal) };
}
