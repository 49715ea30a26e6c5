import type { Fingerprint } from './fingerprint.js';
import { hashDistance } from './perceptual-hash.js';
import { isPlain, similarity } from './similarity.js';
import type { AssetIndex, ModelEmbedding } from '../asset-index.js';
import type { PrismaClient } from '../../database/database.js';
import type { Asset, NearDuplicate } from '../../database/generated/client.js';
import { dotProduct } from '../../inference/vectors.js';
import { timeSlices } from '../../time-slices.js';

/** What is less alike is not kept: the least that may be asked for. */
export const LEAST_SIMILARITY = 0.9;
/** What counts as a near duplicate where nothing else is asked for. Measured in docs/decisions/014-near-duplicates.md. */
export const DEFAULT_SIMILARITY = 0.96;
/** Pictures whose embeddings are less alike show different things, unless their hashes are next to equal. */
const LEAST_COSINE = 0.5;
const EQUAL_HASHES = 4;
/** How many are looked at: of those nearest by embedding, and of those with a quarter of the hash in common. */
const CANDIDATES = 16;
/** How many are compared at most, with the known duplicates of those that are duplicates. */
const MAX_COMPARED = 300;
/** Bits in which hashes may differ that have a quarter in common by more than chance. */
const MAX_HASH_DISTANCE = 16;

type Candidate = Pick<Fingerprint, 'perceptualHash' | 'luma'> & { readonly id: string };

/**
 * Finds which assets show the same picture, one at a time: each is compared with the few that its embedding and its hash
 * lead to, and with what is known to be alike these. Its fingerprint has to be stored before its embedding is, so that of
 * two that come at a time one finds the other.
 */
export class NearDuplicates {
  constructor(private readonly prisma: PrismaClient) {}

  /** @param isCompared whether its asset is not READY before it has been compared: else `compared` says when it was */
  async store(
    assetId: string,
    { perceptualHash, luma, pixelDigest, sharpness }: Fingerprint,
    isCompared: boolean,
  ): Promise<void> {
    await this.prisma.$executeRaw`
      INSERT INTO "fingerprint" ("asset_id", "perceptual_hash", "luma", "pixel_digest", "sharpness", "is_compared")
      SELECT "id", ${perceptualHash}, ${luma}, ${pixelDigest}, ${sharpness}, ${isCompared} FROM "asset"
      WHERE "id" = ${assetId}::uuid ON CONFLICT ("asset_id") DO NOTHING`;
  }

  async isCompared(assetId: string): Promise<boolean> {
    return (await this.prisma.fingerprint.count({ where: { assetId, isCompared: true } })) > 0;
  }

  async compared(assetId: string): Promise<void> {
    await this.prisma.fingerprint.updateMany({ where: { assetId }, data: { isCompared: true } });
  }

  /** Writes which assets of its library show the same picture as this one. May be repeated. */
  async find(asset: Asset, print: Fingerprint, index: AssetIndex, embedding: ModelEmbedding): Promise<void> {
    // Of plain pictures any two are alike.
    if (isPlain(print.luma)) return;
    const { libraryId } = asset;
    const nearest = await index.nearest(libraryId, {
      embedding,
      filter: { and: [] },
      limit: CANDIDATES + 1,
      offset: 0,
    });
    const cosines = new Map(nearest.flatMap(({ id, score }) => (score >= LEAST_COSINE ? [[id, score]] : [])));
    const compared = [asset.id];
    let candidates = await this.#candidates(asset, print, [...cosines.keys()]);
    while (candidates.length > 0) {
      compared.push(...candidates.map(({ id }) => id));
      const alike = await this.#alike(print, candidates);
      const unknown = alike.flatMap(({ id }) => (cosines.has(id) ? [] : id));
      if (unknown.length > 0)
        for (const [id, other] of await index.embeddings(unknown)) cosines.set(id, dotProduct(embedding.vector, other));
      const duplicates = alike.flatMap((other) => {
        const cosine = cosines.get(other.id);
        // One without an embedding of this model is still on its way, and finds this one.
        if (cosine === undefined || (cosine < LEAST_COSINE && other.hashDistance > EQUAL_HASHES)) return [];
        return { ...other, cosine };
      });
      await this.#write(
        duplicates.map(({ id, ...pair }) => {
          const [assetId, otherId] = inOrder(asset.id, id);
          return { assetId, otherId, ...pair, modelId: embedding.modelId };
        }),
      );
      // Read after its own are written: of copies that come at a time, the last one finds the others.
      candidates = await this.#duplicatesOf(duplicates, compared);
    }
  }

  async #alike(print: Fingerprint, candidates: readonly Candidate[]) {
    const alike: { id: string; similarity: number; hashDistance: number }[] = [];
    const slices = timeSlices();
    for (const { id, perceptualHash, luma } of candidates) {
      const likeness = similarity(print.luma, luma);
      if (likeness >= LEAST_SIMILARITY)
        alike.push({ id, similarity: likeness, hashDistance: hashDistance(print.perceptualHash, perceptualHash) });
      await slices();
    }
    return alike;
  }

  /** Those that its embedding leads to, and those whose hash is next to its own. */
  #candidates({ id, libraryId }: Asset, { perceptualHash }: Fingerprint, nearestIds: string[]): Promise<Candidate[]> {
    return this.prisma.$queryRaw<Candidate[]>`
      WITH "found" AS (
        SELECT "asset_id" FROM "fingerprint" WHERE "asset_id" = ANY (${nearestIds}::uuid[])
        UNION (
          SELECT "asset_id" FROM "fingerprint" JOIN "asset" ON "id" = "asset_id",
            LATERAL (SELECT bit_count(("perceptual_hash" # ${perceptualHash}::bigint)::bit(64)) AS "bits") AS "distance"
          WHERE "hash_quarters" ("perceptual_hash") && "hash_quarters" (${perceptualHash}::bigint)
            AND "library_id" = ${libraryId}::uuid AND "bits" <= ${MAX_HASH_DISTANCE}
          ORDER BY "bits", "asset_id" LIMIT ${CANDIDATES + 1}))
      SELECT "asset_id" AS "id", "perceptual_hash" AS "perceptualHash", "luma"
      FROM "fingerprint" JOIN "found" USING ("asset_id") WHERE "asset_id" <> ${id}::uuid`;
  }

  /** What is known to show the same picture, but for what was compared: the likeliest to be kept first. */
  async #duplicatesOf(assets: readonly { readonly id: string }[], compared: readonly string[]): Promise<Candidate[]> {
    const left = MAX_COMPARED - compared.length;
    if (assets.length === 0 || left <= 0) return [];
    const ids = assets.map(({ id }) => id);
    return this.prisma.$queryRaw<Candidate[]>`
      SELECT "asset_id" AS "id", "perceptual_hash" AS "perceptualHash", "luma"
      FROM "fingerprint" JOIN "asset" ON "id" = "asset_id"
      WHERE "asset_id" IN (
          SELECT "other_id" FROM "near_duplicate" WHERE "asset_id" = ANY (${ids}::uuid[])
          UNION SELECT "asset_id" FROM "near_duplicate" WHERE "other_id" = ANY (${ids}::uuid[]))
        AND "asset_id" <> ALL (${compared}::uuid[])
      ORDER BY "trashed_at" IS NULL DESC, "width"::bigint * "height" DESC,
        coalesce("captured_at", "uploaded_at"), "byte_size" DESC, "asset_id" LIMIT ${left}`;
  }

  async #write(pairs: readonly NearDuplicate[]): Promise<void> {
    if (pairs.length === 0) return;
    const ids = [...new Set(pairs.flatMap(({ assetId, otherId }) => [assetId, otherId]))];
    // Held in one order, before the foreign keys hold them in that of the pairs.
    await this.prisma.$executeRaw`
      WITH "held" AS (SELECT "id" FROM "asset" WHERE "id" = ANY (${ids}::uuid[]) ORDER BY "id" FOR KEY SHARE)
      INSERT INTO "near_duplicate" ("asset_id", "other_id", "similarity", "hash_distance", "cosine", "model_id")
      SELECT "pair".* FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS "pair" ("assetId" uuid, "otherId" uuid,
        "similarity" double precision, "hashDistance" integer, "cosine" double precision, "modelId" text)
      WHERE "assetId" IN (SELECT "id" FROM "held") AND "otherId" IN (SELECT "id" FROM "held")
      ON CONFLICT ("asset_id", "other_id") DO NOTHING`;
  }
}

/** A pair is written once, the lesser id first. */
export function inOrder(a: string, b: string): [string, string] {
  return a < b ? [a, b] : [b, a];
}
