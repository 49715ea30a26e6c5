import type { LibraryTransaction } from '../../access/library-scope.js';
import type { Asset } from '../../database/generated/client.js';

/** What is said of an asset and its duplicates together. */
type Said = Pick<Asset, 'title' | 'description' | 'tags' | 'isFavourite' | 'rating'>;

/** Moves to one asset what people said of others, in their order. What else hangs on an asset is moved by a step more. */
export async function mergeInto(
  transaction: LibraryTransaction,
  keeper: Asset,
  others: readonly Asset[],
): Promise<void> {
  await transaction.asset.update({ where: { id: keeper.id }, data: mergeSaid(keeper, others) });
  const otherIds = others.map(({ id }) => id);
  await moveLabels(transaction, keeper.id, otherIds);
  await moveCollections(transaction, keeper.id, otherIds);
}

/** The keeper's own words where it has any, all tags, the best rating. */
export function mergeSaid(keeper: Said, others: readonly Said[]): Said {
  const all = [keeper, ...others];
  const ratings = all.flatMap(({ rating }) => rating ?? []);
  return {
    title: all.find(({ title }) => title !== null)?.title ?? null,
    description: all.find(({ description }) => description !== null)?.description ?? null,
    tags: [...new Set(all.flatMap(({ tags }) => tags))],
    isFavourite: all.some(({ isFavourite }) => isFavourite),
    rating: ratings.length === 0 ? null : Math.max(...ratings),
  };
}

/**
 * Gives an asset the labels of others, rejected ones too. What was decided wins over what a model suggests, the keeper's
 * own over that of the others, the latest decision over earlier ones, the surest suggestion over others.
 */
async function moveLabels(
  transaction: LibraryTransaction,
  keeperId: string,
  otherIds: readonly string[],
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO "asset_label" ("asset_id", "label_id", "source", "state", "probability", "model_id", "decided_by_id",
      "decided_at", "created_at", "updated_at")
    SELECT DISTINCT ON ("label_id") ${keeperId}::uuid, "label_id", "source", "state", "probability", "model_id",
      "decided_by_id", "decided_at", "created_at", "updated_at"
    FROM "asset_label" WHERE "asset_id" = ANY (${[...otherIds]}::uuid[])
    ORDER BY "label_id", "state" = 'SUGGESTED', CASE WHEN "state" <> 'SUGGESTED' THEN "updated_at" END DESC,
      "probability" DESC NULLS LAST, "asset_id"
    ON CONFLICT ("asset_id", "label_id") DO UPDATE SET "source" = excluded."source", "state" = excluded."state",
      "probability" = excluded."probability", "model_id" = excluded."model_id",
      "decided_by_id" = excluded."decided_by_id", "decided_at" = excluded."decided_at", "updated_at" = excluded."updated_at",
      "revision" = "asset_label"."revision" + 1
    WHERE "asset_label"."state" = 'SUGGESTED' AND (excluded."state" <> 'SUGGESTED'
      OR coalesce(excluded."probability", 0) > coalesce("asset_label"."probability", 0))`;
}

/** Puts an asset into the collections of others, and on the covers where they are. */
async function moveCollections(
  transaction: LibraryTransaction,
  keeperId: string,
  otherIds: readonly string[],
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO "collection_asset" ("collection_id", "asset_id")
    SELECT DISTINCT "collection_id", ${keeperId}::uuid FROM "collection_asset"
    WHERE "asset_id" = ANY (${[...otherIds]}::uuid[]) ON CONFLICT DO NOTHING`;
  await transaction.$executeRaw`
    UPDATE "collection" SET "cover_id" = ${keeperId}::uuid WHERE "cover_id" = ANY (${[...otherIds]}::uuid[])`;
}
