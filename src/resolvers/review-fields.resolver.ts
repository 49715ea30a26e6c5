import { Ctx, Extensions, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from './context.js';
import { MAX_IDS } from '../assets/assets.service.js';
import type * as rows from '../database/generated/client.js';
import { Asset } from '../schema/asset.types.js';
import { LENGTH } from '../schema/lengths.js';
import { written } from '../schema/limits.js';
import { ReviewLabelsPayload } from '../schema/review-decision.types.js';
import { UndoReviewPayload } from '../schema/review.types.js';

// What is decided of one label may change others of the asset: a client that keeps assets is given them whole. Each once: of
// an asset with many labels each decision would have them all.

@Resolver(() => ReviewLabelsPayload)
export class ReviewLabelsPayloadResolver {
  @FieldResolver(() => [Asset], {
    description:
      'Those that were decided of and are there, each once, in the order of the decisions, with their labels as they are now.',
  })
  assets(@Root() { outcomes }: ReviewLabelsPayload, @Ctx() { assetsById }: RequestContext): Promise<rows.Asset[]> {
    return thoseThere(new Set(outcomes.map(({ assetId }) => assetId)), assetsById);
  }
}

@Resolver(() => UndoReviewPayload)
export class UndoReviewPayloadResolver {
  @Extensions({ length: LENGTH.undone })
  @FieldResolver(() => [Asset], {
    nullable: true,
    description:
      'Those of which something was taken back, or is in conflict, each once, with their labels as they are now. ' +
      `Null for more than ${written(MAX_IDS)}, as \`acceptAllAbove\` changes: read anew what you show.`,
  })
  async assets(
    @Root() { assetIds, conflicts }: UndoReviewPayload,
    @Ctx() { assetsById }: RequestContext,
  ): Promise<rows.Asset[] | null> {
    const ids = new Set([...assetIds, ...conflicts.map(({ assetId }) => assetId)]);
    return ids.size > MAX_IDS ? null : thoseThere(ids, assetsById);
  }
}

async function thoseThere(ids: ReadonlySet<string>, assetsById: RequestContext['assetsById']): Promise<rows.Asset[]> {
  const found = await Promise.all([...ids].map((id) => assetsById.load(id)));
  return found.filter((asset) => asset !== null);
}
