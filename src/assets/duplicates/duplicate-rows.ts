import { DEFAULT_SIMILARITY, inOrder } from './near-duplicates.js';
import { groupDuplicates, type Group, type Neighbour } from './group-duplicates.js';
import type { Ranked } from './keeper-order.js';
import { groupBy } from '../../group-by.js';
import { Prisma, type PrismaClient } from '../../database/database.js';

/** What ranks an asset among its duplicates; see `Ranked`. */
const RANKED = Prisma.sql`"id", ("width"::bigint * "height")::float8 AS "pixels",
  "is_deep" AS "isDeep", "sharpness", (extract(epoch FROM coalesce("captured_at", "uploaded_at")) * 1000)::float8 AS "time",
  "byte_size"::float8 AS "bytes"`;
const SHOWN = Prisma.sql`"state" = 'READY' AND "trashed_at" IS NULL`;

/** Ids of the duplicates of an asset: the near ones first, the most similar of them before the others. */
export type DuplicatesOf = (id: string) => readonly string[];

/** The groups of duplicates in a library, without what is in the trash and what a person told apart. */
export class DuplicateRows {
  constructor(private readonly prisma: PrismaClient) {}

  /** Of the same pixels. */
  async exact(libraryId: string): Promise<readonly Group[]> {
    const rows = await this.prisma.$queryRaw<(Ranked & { digest: string; distinctIds: string[] })[]>`
      SELECT "id", "pixels", "isDeep", "sharpness", "time", "bytes", "digest", ARRAY (
        SELECT "other_id"::text FROM "distinct_pair" JOIN "fingerprint" AS "other" ON "other"."asset_id" = "other_id"
        WHERE "distinct_pair"."asset_id" = "id" AND "other"."pixel_digest" = "counted"."pixel_digest") AS "distinctIds"
      FROM (
        SELECT ${RANKED}, "pixel_digest", "width" || ' ' || "height" || ' ' || encode("pixel_digest", 'hex') AS "digest",
          count(*) OVER (PARTITION BY "pixel_digest", "width", "height") AS "count"
        FROM "asset" JOIN "fingerprint" ON "asset_id" = "id"
        WHERE "library_id" = ${libraryId}::uuid AND ${SHOWN} AND "pixel_digest" IS NOT NULL
      ) AS "counted" WHERE "count" > 1`;
    const byDigest = groupBy(rows, ({ digest }) => digest);
    const digests = new Map(rows.map(({ id, digest }) => [id, digest]));
    const isDistinct = distinctIn(rows);
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
        FROM (${sidesOf(threshold, ofLibrary(libraryId))}) AS "side" GROUP BY "asset_id") AS "sides" USING ("asset_id")
      WHERE "library_id" = ${libraryId}::uuid AND ${SHOWN}`;
    const neighbours = new Map(rows.map((row) => [row.id, row.neighbours]));
    return groupDuplicates(rows, (id) => neighbours.get(id)!);
  }

  /** Of each of these assets, near or exact; those of an asset in the trash are there too. */
  async of(assetIds: readonly string[]): Promise<DuplicatesOf> {
    const [near, exact] = await Promise.all([this.#nearOf(assetIds), this.#exactOf(assetIds)]);
    // Only where it is asked for: of many copies each has all the others.
    return (id) => [...new Set([...(near.get(id) ?? []), ...exact(id)])];
  }

  async #nearOf(assetIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = await this.prisma.$queryRaw<{ id: string; otherIds: string[] }[]>`
      SELECT "asset_id" AS "id", array_agg("other_id"::text ORDER BY "similarity" DESC, "other_id") AS "otherIds"
      FROM (${sidesOf(DEFAULT_SIMILARITY)}) AS "side"
        JOIN "asset" ON "asset"."id" = "asset_id" JOIN "asset" AS "other" ON "other"."id" = "other_id"
      WHERE "asset_id" = ANY (${[...assetIds]}::uuid[]) AND "other"."state" = 'READY'
        AND ("asset"."trashed_at" IS NULL) = ("other"."trashed_at" IS NULL)
      GROUP BY "asset_id"`;
    return new Map(rows.map(({ id, otherIds }) => [id, otherIds]));
  }

  async #exactOf(assetIds: readonly string[]): Promise<DuplicatesOf> {
    const rows = await this.prisma.$queryRaw<{ id: string; group: number; distinctIds: string[] }[]>`
      WITH "asked" AS MATERIALIZED (
        SELECT row_number() OVER ()::int AS "group", * FROM (
          SELECT DISTINCT "library_id", "pixel_digest", "width", "height", "trashed_at" IS NULL AS "is_shown"
          FROM "asset" JOIN "fingerprint" ON "asset_id" = "id"
          WHERE "id" = ANY (${[...assetIds]}::uuid[]) AND "state" = 'READY' AND "pixel_digest" IS NOT NULL) AS "looks"),
      -- First by the digest, which hardly two have: of one size there may be all.
      "alike" AS MATERIALIZED (
        SELECT "asset_id", "asked".* FROM "asked" JOIN "fingerprint" USING ("pixel_digest"))
      SELECT "asset"."id", "group", ARRAY (
        SELECT "other_id"::text FROM "distinct_pair" JOIN "fingerprint" AS "other" ON "other"."asset_id" = "other_id"
        WHERE "distinct_pair"."asset_id" = "asset"."id" AND "other"."pixel_digest" = "alike"."pixel_digest"
      ) AS "distinctIds"
      FROM "alike" JOIN "asset" ON "id" = "asset_id" AND "asset"."library_id" = "alike"."library_id"
        AND "asset"."width" = "alike"."width" AND "asset"."height" = "alike"."height"
      WHERE "state" = 'READY' AND ("trashed_at" IS NULL) = "is_shown" ORDER BY "group", "asset"."id"`;
    const members = groupBy(rows, ({ group }) => group);
    const groups = new Map(rows.map(({ id, group }) => [id, group]));
    const isDistinct = distinctIn(rows);
    return (id) =>
      (members.get(groups.get(id) ?? 0) ?? []).flatMap((other) =>
        other.id === id || isDistinct(id, other.id) ? [] : other.id,
      );
  }
}

/** Which two of them a person told apart; a pair is on the row of its lesser id. */
function distinctIn(rows: readonly { readonly id: string; readonly distinctIds: readonly string[] }[]) {
  const pairs = new Set(rows.flatMap(({ id, distinctIds }) => distinctIds.map((other) => `${id} ${other}`)));
  return (id: string, other: string) => pairs.has(inOrder(id, other).join(' '));
}

/** Both assets of a pair are of one library. */
function ofLibrary(libraryId: string): Prisma.Sql {
  return Prisma.sql`"asset_id" IN (SELECT "id" FROM "asset" WHERE "library_id" = ${libraryId}::uuid)`;
}

/** Each pair that meets a condition, once from either side, but for those that a person told apart. */
function sidesOf(threshold: number, condition = Prisma.sql`true`): Prisma.Sql {
  const isDistinct = Prisma.sql`EXISTS (SELECT FROM "distinct_pair"
    WHERE "distinct_pair"."asset_id" = "pair"."asset_id" AND "distinct_pair"."other_id" = "pair"."other_id")`;
  return Prisma.sql`
    SELECT "asset_id", "other_id", "similarity" FROM "near_duplicate" AS "pair"
    WHERE "similarity" >= ${threshold} AND ${condition} AND NOT ${isDistinct}
    UNION ALL SELECT "other_id", "asset_id", "similarity" FROM "near_duplicate" AS "pair"
    WHERE "similarity" >= ${threshold} AND ${condition} AND NOT ${isDistinct}`;
}
