import type { Fingerprint } from './fingerprint.js';
import { hashDistance } from './perceptual-hash.js';
import { isPlain, similarity } from './similarity.js';
import type { AssetIndex, ModelEmbedding } from '../asset-index.js';
import type { PrismaClient } from '../../database/database.js';
import type { Asset, NearDuplicate } from '../../database/generated/client.js';
import { groupBy } from '../../group-by.js';
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

interface Alike {
  readonly id: string;
  readonly similarity: number;
  readonly hashDistance: number;
}

/** A picture that is to be compared. */
export interface Compared {
  readonly asset: Pick<Asset, 'id' | 'libraryId'>;
  readonly print: Fingerprint;
  readonly embedding: ModelEmbedding;
}

/** What is known of one while it is. */
interface Comparison extends Compared {
  /** By id, of what its embedding led to. */
  readonly cosines: Map<string, number>;
  readonly compared: readonly string[];
  readonly candidates: readonly Candidate[];
}

/**
 * Finds which assets show the same picture: each is compared with the few that its embedding and its hash lead to, and with
 * what is known to be alike these. Its fingerprint has to be stored before its embedding is, so that of two that come at a
 * time one finds the other.
 */
export class NearDuplicates {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Instead of those that were not compared: they are made again.
   * @param isCompared whether the assets are not READY before they have been compared: else `compared` says when one was
   */
  async store(prints: readonly Pick<Compared, 'asset' | 'print'>[], isCompared: boolean): Promise<void> {
    const rows = prints.map(({ asset: { id }, print }) => ({
      id,
      hash: String(print.perceptualHash),
      luma: base64(print.luma),
      digest: print.pixelDigest && base64(print.pixelDigest),
      sharpness: print.sharpness,
      deep: print.isDeep,
    }));
    await this.prisma.$executeRaw`
      INSERT INTO "fingerprint" ("asset_id", "perceptual_hash", "luma", "pixel_digest", "sharpness", "is_deep",
        "is_compared")
      SELECT "id", "hash", decode("luma", 'base64'), decode("digest", 'base64'), "print"."sharpness", "deep", ${isCompared}
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS "print" ("id" uuid, "hash" bigint, "luma" text,
        "digest" text, "sharpness" float8, "deep" boolean) JOIN "asset" USING ("id")
      ORDER BY "id" ON CONFLICT ("asset_id") DO UPDATE SET "perceptual_hash" = EXCLUDED."perceptual_hash",
        "luma" = EXCLUDED."luma", "pixel_digest" = EXCLUDED."pixel_digest", "sharpness" = EXCLUDED."sharpness",
        "is_deep" = EXCLUDED."is_deep", "is_compared" = EXCLUDED."is_compared"
      WHERE NOT "fingerprint"."is_compared"`;
  }

  async isCompared(assetId: string): Promise<boolean> {
    return (await this.prisma.fingerprint.count({ where: { assetId, isCompared: true } })) > 0;
  }

  async compared(assetId: string): Promise<void> {
    await this.prisma.fingerprint.updateMany({ where: { assetId }, data: { isCompared: true } });
  }

  /**
   * Writes which assets of its library show the same picture as each of these. May be repeated.
   * @param pictures with embeddings of the model that the index is of
   */
  async find(pictures: readonly Compared[], index: AssetIndex): Promise<void> {
    // Of plain pictures any two are alike.
    const many = pictures.filter(({ print }) => !isPlain(print.luma));
    const byLibrary = groupBy(many, ({ asset }) => asset.libraryId);
    for (const [libraryId, group] of byLibrary) {
      let left = await this.#begin(libraryId, group, index);
      while (left.length > 0) left = await this.#compare(left, index);
    }
  }

  async #begin(libraryId: string, pictures: readonly Compared[], index: AssetIndex): Promise<Comparison[]> {
    const embeddings = pictures.map(({ embedding }) => embedding);
    const nearest = await index.nearestEach(libraryId, embeddings, CANDIDATES + 1);
    const comparisons = pictures.map((picture, number): Comparison => {
      const near = nearest[number]!.filter(({ score }) => score >= LEAST_COSINE);
      const cosines = new Map(near.map(({ id, score }) => [id, score]));
      return { ...picture, cosines, compared: [picture.asset.id], candidates: [] };
    });
    const candidates = await this.#candidates(libraryId, comparisons);
    return comparisons.map((each) => ({ ...each, candidates: candidates.get(each.asset.id) ?? [] }));
  }

  /** @returns those that have found duplicates, with what is known to be alike these */
  async #compare(comparisons: readonly Comparison[], index: AssetIndex): Promise<Comparison[]> {
    const alike: Alike[][] = [];
    for (const { print, candidates } of comparisons) alike.push(await this.#alike(print, candidates));
    const unknown = comparisons.flatMap(({ cosines }, number) =>
      alike[number]!.flatMap(({ id }) => (cosines.has(id) ? [] : id)),
    );
    const others = unknown.length > 0 ? await index.embeddings(unknown) : new Map<string, Float32Array>();
    const found = comparisons.map(({ cosines, embedding }, number) =>
      alike[number]!.flatMap((other) => {
        const vector = others.get(other.id);
        const cosine = cosines.get(other.id) ?? (vector && dotProduct(embedding.vector, vector));
        // One without an embedding of this model is still on its way, and finds this one.
        if (cosine === undefined || (cosine < LEAST_COSINE && other.hashDistance > EQUAL_HASHES)) return [];
        return { ...other, cosine };
      }),
    );
    await this.#write(
      comparisons.flatMap(({ asset, embedding }, number) =>
        found[number]!.map(({ id, ...pair }) => {
          const [assetId, otherId] = inOrder(asset.id, id);
          return { assetId, otherId, ...pair, modelId: embedding.modelId };
        }),
      ),
    );
    // Read after its own are written: of copies that come at a time, the last one finds the others.
    const left: Comparison[] = [];
    for (const [number, comparison] of comparisons.entries()) {
      const compared = [...comparison.compared, ...comparison.candidates.map(({ id }) => id)];
      const candidates = await this.#duplicatesOf(found[number]!, compared);
      if (candidates.length > 0) left.push({ ...comparison, compared, candidates });
    }
    return left;
  }

  async #alike(print: Fingerprint, candidates: readonly Candidate[]): Promise<Alike[]> {
    const alike: Alike[] = [];
    const slices = timeSlices();
    for (const { id, perceptualHash, luma } of candidates) {
      const likeness = similarity(print.luma, luma);
      if (likeness >= LEAST_SIMILARITY)
        alike.push({ id, similarity: likeness, hashDistance: hashDistance(print.perceptualHash, perceptualHash) });
      await slices();
    }
    return alike;
  }

  /** By asset id, those that its embedding leads to, and those whose hash is next to its own. */
  async #candidates(libraryId: string, comparisons: readonly Comparison[]): Promise<Map<string, Candidate[]>> {
    const ids = comparisons.map(({ asset }) => asset.id);
    const hashes = comparisons.map(({ print }) => print.perceptualHash);
    const near = comparisons.flatMap(({ asset, cosines }) => Array.from(cosines.keys(), (other) => [asset.id, other]));
    const rows = await this.prisma.$queryRaw<(Candidate & { of: string })[]>`
      WITH "found" AS (
        SELECT * FROM unnest(${near.map(([id]) => id)}::uuid[], ${near.map(([, other]) => other)}::uuid[])
          AS "near" ("of", "asset_id")
        UNION
        SELECT "of", "next"."asset_id" FROM unnest(${ids}::uuid[], ${hashes}::bigint[]) AS "given" ("of", "hash"),
          LATERAL (
            SELECT "asset_id" FROM "fingerprint" JOIN "asset" ON "id" = "asset_id",
              LATERAL (SELECT bit_count(("perceptual_hash" # "hash")::bit(64)) AS "bits") AS "distance"
            WHERE "hash_quarters" ("perceptual_hash") && "hash_quarters" ("hash")
              AND "library_id" = ${libraryId}::uuid AND "bits" <= ${MAX_HASH_DISTANCE}
            ORDER BY "bits", "asset_id" LIMIT ${CANDIDATES + 1}) AS "next")
      SELECT "of", "asset_id" AS "id", "perceptual_hash" AS "perceptualHash", "luma"
      FROM "fingerprint" JOIN "found" USING ("asset_id") WHERE "asset_id" <> "of"`;
    return groupBy(rows, ({ of }) => of);
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

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** A pair is written once, the lesser id first. */
export function inOrder(a: string, b: string): [string, string] {
  return a < b ? [a, b] : [b, a];
}
