import { DEFAULT_SIMILARITY } from './near-duplicates.js';
import { groupDuplicates, type Group, type Neighbour } from './group-duplicates.js';
import type { Ranked } from './keeper-order.js';
import { groupBy } from '../../group-by.js';
import { Prisma, type PrismaClient } from '../../database/database.js';

/** What ranks an asset among its duplicates; see `Ranked`. */
const RANKED = Prisma.sql`"id", ("width"::bigint * "height")::float8 AS "pixels",
  round(ln(greatest("sharpness", 1e-3)) / ln(1.2))::float8 AS "sharpness",
  (extract(epoch FROM coalesce("captured_at", "uploaded_at")) * 1000)::float8 AS "time"`;
const SHOWN = Prisma.sql`"state" = 'READY' AND "trashed_at" IS NULL`;

/** The groups of duplicates in a library, without what is in the trash and what a person told apart. */
export class DuplicateRows {
  constructor(private readonly prisma: PrismaClient) {}

  /** Of the same pixels. */
  async exact(libraryId: string): Promise<readonly Group[]> {
    const [rows, isDistinct] = await Promise.all([
      this.prisma.$queryRaw<(Ranked & { digest: string })[]>`
        SELECT * FROM (
          SELECT ${RANKED}, "width" || ' ' || "height" || ' ' || encode("pixel_digest", 'hex') AS "digest",
            count(*) OVER (PARTITION BY "pixel_digest", "width", "height") AS "count"
          FROM "asset" JOIN "fingerprint" ON "asset_id" = "id" WHERE "library_id" = ${libraryId}::uuid AND ${SHOWN}
        ) AS "counted" WHERE "count" > 1`,
      this.#distinct(libraryId),
    ]);
    const byDigest = groupBy(rows, ({ digest }) => digest);
    const digests = new Map(rows.map(({ id, digest }) => [id, digest]));
    return groupDuplicates(rows, (id) =>
      byDigest
        .get(digests.get(id)!)!
        .flatMap((other) => (isDistinct(id, other.id) ? [] : { id: other.id, similarity: 1 })),
    );
  }

  /** That are at least so similar. */
  async near(libraryId: string, threshold: number): Promise<readonly Group[]> {
    const rows = await this.prisma.$queryRaw<(Ranked & { neighbours: Neighbour[] })[]>`
      SELECT ${RANKED}, "neighbours" FROM "asset" JOIN "fingerprint" ON "asset_id" = "id" JOIN (
        SELECT "asset_id", json_agg(json_build_object('id', "other_id", 'similarity', "similarity")) AS "neighbours"
        FROM (${sidesOf(threshold)}) AS "side" GROUP BY "asset_id") AS "sides" USING ("asset_id")
      WHERE "library_id" = ${libraryId}::uuid AND ${SHOWN}`;
    const neighbours = new Map(rows.map((row) => [row.id, row.neighbours]));
    return groupDuplicates(rows, (id) => neighbours.get(id)!);
  }

  /** The near duplicates of each of these assets, the most similar first; those of an asset in the trash are there too. */
  async of(assetIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = await this.prisma.$queryRaw<{ id: string; otherIds: string[] }[]>`
      SELECT "asset_id" AS "id", array_agg("other_id"::text ORDER BY "similarity" DESC, "other_id") AS "otherIds"
      FROM (${sidesOf(DEFAULT_SIMILARITY)}) AS "side"
        JOIN "asset" ON "asset"."id" = "asset_id" JOIN "asset" AS "other" ON "other"."id" = "other_id"
      WHERE "asset_id" = ANY (${[...assetIds]}::uuid[]) AND "other"."state" = 'READY'
        AND ("asset"."trashed_at" IS NULL) = ("other"."trashed_at" IS NULL)
      GROUP BY "asset_id"`;
    return new Map(rows.map(({ id, otherIds }) => [id, otherIds]));
  }

  async #distinct(libraryId: string): Promise<(a: string, b: string) => boolean> {
    const rows = await this.prisma.distinctPair.findMany({
      where: { asset: { libraryId } },
      select: { assetId: true, otherId: true },
    });
    const pairs = new Set(rows.map(({ assetId, otherId }) => `${assetId} ${otherId}`));
    return (a, b) => pairs.has(`${a} ${b}`) || pairs.has(`${b} ${a}`);
  }
}

/** Each pair, once from either side, but for those that a person told apart. */
function sidesOf(threshold: number): Prisma.Sql {
  const isDistinct = Prisma.sql`EXISTS (SELECT FROM "distinct_pair"
    WHERE "distinct_pair"."asset_id" = "pair"."asset_id" AND "distinct_pair"."other_id" = "pair"."other_id")`;
  return Prisma.sql`
    SELECT "asset_id", "other_id", "similarity" FROM "near_duplicate" AS "pair"
    WHERE "similarity" >= ${threshold} AND NOT ${isDistinct}
    UNION ALL SELECT "other_id", "asset_id", "similarity" FROM "near_duplicate" AS "pair"
    WHERE "similarity" >= ${threshold} AND NOT ${isDistinct}`;
}
