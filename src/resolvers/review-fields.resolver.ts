import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from './context.js';
import { MAX_IDS } from '../assets/assets.service.js';
import type * as rows from '../database/generated/client.js';
import { Asset } from '../schema/asset.types.js';
import { written } from '../schema/limits.js';
import { ReviewConflict, ReviewedLabel } from '../schema/review-decision.types.js';
import { UndoReviewPayload } from '../schema/review.types.js';

const AS_IT_IS = 'With its labels as they are now; null where it was deleted meanwhile.';

// What is decided of one label may change others of the asset: a client that keeps assets is given them whole.

@Resolver(() => ReviewedLabel)
export class ReviewedLabelResolver {
  @FieldResolver(() => Asset, { nullable: true, description: AS_IT_IS })
  asset(@Root() { assetId }: ReviewedLabel, @Ctx() { assetsById }: RequestContext): Promise<rows.Asset | null> {
    return assetsById.load(assetId);
  }
}

@Resolver(() => ReviewConflict)
export class ReviewConflictResolver {
  @FieldResolver(() => Asset, { nullable: true, description: AS_IT_IS })
  asset(@Root() { assetId }: ReviewConflict, @Ctx() { assetsById }: RequestContext): Promise<rows.Asset | null> {
    return assetsById.load(assetId);
  }
}

@Resolver(() => UndoReviewPayload)
export class UndoReviewPayloadResolver {
  @FieldResolver(() => [Asset], {
    nullable: true,
    description:
      'Those that something was taken back of, with their labels as they are now. ' +
      `Null for more than ${written(MAX_IDS)}, as \`acceptAllAbove\` changes: read anew what you show.`,
  })
  async assets(
    @Root() { assetIds }: UndoReviewPayload,
    @Ctx() { assetsById }: RequestContext,
  ): Promise<rows.Asset[] | null> {
    if (assetIds.length > MAX_IDS) return null;
    const found = await Promise.all(assetIds.map((id) => assetsById.load(id)));
    return found.filter((asset) => asset !== null);
  }
}
