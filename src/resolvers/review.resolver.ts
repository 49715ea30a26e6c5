import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Extensions,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import type { RequestContext } from './context.js';
import { toUserErrors } from './payloads.js';
import { WORK } from './work.js';
import { expected } from '../errors.js';
import type { BulkAcceptanceService } from '../labelling/bulk-acceptance.service.js';
import type { LabelHistoryService, UndoConflict } from '../labelling/label-history.service.js';
import { orRefusal } from '../labelling/refusals.js';
import type { ReviewQueue } from '../labelling/review-queue.js';
import type { DecisionOutcome, ReviewService } from '../labelling/review.service.js';
import { LabelHistoryArgs, LabelHistoryConnection } from '../schema/label-history.types.js';
import {
  ReviewConflict,
  ReviewedLabel,
  ReviewLabelsArgs,
  ReviewLabelsPayload,
  UnknownDecision,
} from '../schema/review-decision.types.js';
import {
  AcceptAllAboveArgs,
  AcceptAllAbovePayload,
  ReviewConnection,
  ReviewQueueArgs,
  UndoReviewPayload,
} from '../schema/review.types.js';

/** What people decide of labels, and what became of it. */
@Resolver(() => ReviewConnection)
export class ReviewResolver {
  constructor(
    private readonly queue: ReviewQueue,
    private readonly review: ReviewService,
    private readonly bulkAcceptance: BulkAcceptanceService,
    private readonly history: LabelHistoryService,
  ) {}

  // As `labelHistory`, not of a type without null: what is gone would take the rest of a document along.
  @Authorized('LABELLER')
  @Query(() => ReviewConnection, {
    nullable: true,
    description:
      'Assets with suggestions of a set that nobody has decided of. Null, with its error, where there is no such set.',
  })
  async reviewQueue(
    @Ctx() { viewer }: RequestContext,
    @Args(() => ReviewQueueArgs) request: ReviewQueueArgs,
  ): Promise<ReviewConnection> {
    return { ...(await this.queue.page(viewer, request)), request };
  }

  @FieldResolver(() => Int, { complexity: WORK.list, description: 'Assets in the whole queue as it is now.' })
  totalCount(@Ctx() { viewer }: RequestContext, @Root() { request }: ReviewConnection): Promise<number> {
    return this.queue.count(viewer, request);
  }

  @Extensions({ length: 'decisions' })
  @Authorized('LABELLER')
  @Mutation(() => ReviewLabelsPayload, {
    description:
      'Decides of labels at once, in one transaction, each decision with an answer of its own. What a person decided no ' +
      'model changes. Accepting one of an exclusive set rejects what else of the set the asset has, unless what is said ' +
      'of that in the same call is in conflict. Two labels of one that are to be accepted of an asset are both in ' +
      'conflict.',
  })
  async reviewLabels(
    @Ctx() { viewer }: RequestContext,
    @Args(() => ReviewLabelsArgs) { decisions }: ReviewLabelsArgs,
  ): Promise<ReviewLabelsPayload> {
    const { batchId, outcomes } = await this.review.decide(viewer, decisions);
    return { batchId, outcomes: outcomes.map(toOutcome) };
  }

  @Authorized('LABELLER')
  @Mutation(() => AcceptAllAbovePayload, {
    description:
      'Accepts the suggestions of that probability or a higher one, up to 10,000, the surest first. Of an exclusive set ' +
      'only on assets that have no accepted label of it; there it teaches nothing until somebody decides of that very ' +
      'asset, by `reviewLabels`, also the same. Ends early where it is undone meanwhile.',
  })
  async acceptAllAbove(
    @Ctx() { viewer }: RequestContext,
    @Args(() => AcceptAllAboveArgs) request: AcceptAllAboveArgs,
  ): Promise<AcceptAllAbovePayload> {
    const { value, refusal } = await orRefusal(() => this.bulkAcceptance.acceptAbove(viewer, request));
    return {
      ...(value ?? { batchId: null, acceptedCount: 0, remainingCount: 0, skippedCount: 0 }),
      userErrors: toUserErrors(refusal),
    };
  }

  @Authorized('LABELLER')
  @Mutation(() => UndoReviewPayload, {
    description:
      'Takes back a batch of `reviewLabels`, `acceptAllAbove`, `addLabels`, `removeLabels` or `labelAssets`; your last ' +
      'one by default. What was changed again since stays, as does a label of an exclusive set that was accepted since ' +
      'in place of another. When that is undone, what stayed can be undone too, by the id of the batch. A batch of which ' +
      'all stayed is your last one still. Suggestions come back as they were, unless a classification has judged that ' +
      'label of that asset anew since, other than by what the set learned after the batch: then they have its ' +
      'probability, and do not come back below its threshold.',
  })
  async undoReview(
    @Ctx() { viewer }: RequestContext,
    @Arg('batchId', () => ID, { nullable: true }) batchId?: string,
  ): Promise<UndoReviewPayload> {
    const { value, refusal } = await orRefusal(() => this.history.undo(viewer, batchId));
    return {
      batchId: value?.batchId ?? null,
      undoneCount: value?.undoneCount ?? 0,
      assetIds: value?.assetIds ?? [],
      conflicts: value?.conflicts.map(toConflict) ?? [],
      userErrors: toUserErrors(refusal),
    };
  }

  @Authorized('VIEWER')
  @Query(() => LabelHistoryConnection, {
    nullable: true,
    description:
      'Every change of the labels of an asset, which are forgotten when it is deleted. Null, with its error, where there is ' +
      'no such asset.',
  })
  async labelHistory(
    @Ctx() { viewer }: RequestContext,
    @Args(() => LabelHistoryArgs) { assetId, ...page }: LabelHistoryArgs,
  ): Promise<LabelHistoryConnection> {
    const { edges, pageInfo } = await this.history.ofAsset(viewer, assetId, page);
    return { pageInfo, edges: edges.map(({ cursor, node }) => ({ cursor, node: { ...node, kind: node.batch.kind } })) };
  }
}

function toOutcome(outcome: DecisionOutcome): ReviewedLabel | ReviewConflict | UnknownDecision {
  const { assetId, labelId } = outcome;
  switch (outcome.kind) {
    case 'applied':
      return Object.assign(new ReviewedLabel(), { assetId, labelId, state: outcome.state, revision: outcome.revision });
    case 'conflict':
      return toConflict(outcome);
    case 'missing': {
      const { code } = outcome;
      const message =
        code === 'ASSET_NOT_FOUND'
          ? expected('the id of an asset', 'assetId', assetId)
          : expected('the id of a label', 'labelId', labelId);
      return Object.assign(new UnknownDecision(), { assetId, labelId, code, message });
    }
  }
}

function toConflict({ assetId, labelId, current, otherLabelId }: UndoConflict): ReviewConflict {
  return Object.assign(new ReviewConflict(), {
    assetId,
    labelId,
    currentState: current?.state ?? null,
    currentSource: current?.source ?? null,
    currentRevision: current?.revision ?? 0,
    otherLabelId,
  });
}
