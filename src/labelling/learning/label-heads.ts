import { randomUUID } from 'node:crypto';
import type { LabelHead } from './label-head.js';
import { readMetrics, type HeadMetrics } from './head-metrics.js';
import { lockLabelSet } from '../label-locks.js';
import type { Libraries } from '../../access/libraries.js';
import type { LibraryTransaction } from '../../access/library-scope.js';
import type { Prisma } from '../../database/database.js';
import type { LabelHead as Row } from '../../database/generated/client.js';
import { AfterimageError, expected } from '../../errors.js';

/** Of a set and a model. Older ones are forgotten, but for the active one and those that score a classification. */
const KEPT = 20;

const VERSION = {
  id: true,
  modelId: true,
  version: true,
  state: true,
  labelIds: true,
  isExclusive: true,
  decisions: true,
  pictures: true,
  createdAt: true,
} as const satisfies Prisma.LabelHeadSelect;

/** A version of a head, without what it computes with. */
export type HeadVersion = Omit<
  Row,
  'libraryId' | 'labelSetId' | 'digest' | 'weights' | 'bias' | 'priorScale' | 'metrics' | 'readAt' | 'activatedAt'
>;

/** What a head computes with. */
export interface StoredHead {
  readonly labelIds: readonly string[];
  readonly isExclusive: boolean;
  readonly head: LabelHead;
}

export type NewHead = Omit<HeadVersion, 'id' | 'version' | 'state' | 'createdAt'> & {
  /** Of the decisions, see `digestOf`. */
  readonly digest: Uint8Array<ArrayBuffer>;
  /** When they were read, see `readDecisions`. */
  readonly readAt: Date;
  readonly head: LabelHead;
  readonly metrics: HeadMetrics;
  /** Whether it is to answer from now on. */
  readonly isBetter: boolean;
};

/** The newest version of a model that somebody has seen; 0 for none. */
export interface SeenVersion {
  readonly modelId: string;
  readonly version: number;
}

/** Which set, and of which library. */
export interface SetKey {
  readonly libraryId: string;
  readonly labelSetId: string;
}

/** The heads of the label sets, by model and version. */
export class LabelHeads {
  constructor(private readonly libraries: Libraries) {}

  /** The one that answers for a set with the embeddings of a model; undefined where the prior does. */
  active({ libraryId, labelSetId }: SetKey, modelId: string): Promise<StoredHead | undefined> {
    return this.#find(libraryId, { labelSetId, modelId, state: 'ACTIVE' });
  }

  /** The id of the one above; null where the prior answers. */
  async activeId({ libraryId, labelSetId }: SetKey, modelId: string): Promise<string | null> {
    const active = await this.libraries
      .rows(libraryId)
      .labelHead.findFirst({ where: { labelSetId, modelId, state: 'ACTIVE' }, select: { id: true } });
    return active?.id ?? null;
  }

  /** Whether or not it is the one that answers now. */
  get(libraryId: string, id: string): Promise<StoredHead | undefined> {
    return this.#find(libraryId, { id });
  }

  /** All that are kept, the newest first. */
  list({ libraryId, labelSetId }: SetKey, modelId: string): Promise<HeadVersion[]> {
    return this.libraries
      .rows(libraryId)
      .labelHead.findMany({ where: { labelSetId, modelId }, orderBy: { version: 'desc' }, select: VERSION });
  }

  async metrics({ libraryId }: SetKey, id: string): Promise<HeadMetrics> {
    const row = await this.libraries
      .rows(libraryId)
      .labelHead.findUniqueOrThrow({ where: { id }, select: { metrics: true } });
    return readMetrics(row.metrics);
  }

  /** The newest one that was trained on the same decisions since that version was seen. */
  trainedSince(key: SetKey, seen: SeenVersion, digest: Uint8Array<ArrayBuffer>): Promise<HeadVersion | null> {
    return trainedSince(this.libraries.rows(key.libraryId), key, seen, digest);
  }

  /**
   * Keeps a head as the next version, unless somebody else has kept one of the same decisions since that version was seen.
   * @returns that which is kept
   * @throws LABEL_SET_NOT_FOUND when the set has gone meanwhile
   */
  async add(key: SetKey, seen: SeenVersion, { head, metrics, isBetter, ...fields }: NewHead): Promise<HeadVersion> {
    const { libraryId, labelSetId } = key;
    const { modelId } = fields;
    return this.libraries.rows(libraryId).$transaction(async (transaction) => {
      // Versions are counted by one after the other.
      await lockLabelSet(transaction, libraryId, labelSetId);
      const same = await trainedSince(transaction, key, seen, fields.digest);
      if (same) return same;
      const latest = await transaction.labelHead.findFirst({
        where: { labelSetId, modelId },
        orderBy: { version: 'desc' },
        select: { version: true },
      });
      const version = (latest?.version ?? 0) + 1;
      if (isBetter) {
        const [active] = await retire(transaction, labelSetId, modelId);
        // What is newer than the one that answered was taken back, and does not come back.
        await transaction.labelHead.updateMany({
          where: { labelSetId, modelId, version: { gt: active?.version ?? 0 } },
          data: { activatedAt: null },
        });
      }
      await transaction.labelHead.deleteMany({
        where: {
          labelSetId,
          modelId,
          version: { lte: version - KEPT },
          state: { not: 'ACTIVE' },
          classifications: { none: { state: 'RUNNING' } },
        },
      });
      return transaction.labelHead.create({
        data: {
          id: randomUUID(),
          libraryId,
          labelSetId,
          ...fields,
          version,
          state: isBetter ? 'ACTIVE' : 'CANDIDATE',
          activatedAt: isBetter ? new Date() : null,
          weights: toBytes(head.weights),
          bias: [...head.bias],
          priorScale: head.priorScale,
          metrics: metrics as object,
        },
        select: VERSION,
      });
    });
  }

  /**
   * Takes the active head back: the one that was active before answers again, or the prior where there was none that is
   * for an exclusive set as this is, or for one that is not.
   * @returns the one that answers now; null for the prior
   * @throws LABEL_SET_NOT_FOUND, LABEL_HEAD_NOT_FOUND where the prior answers already
   */
  async rollBack(key: SetKey, modelId: string): Promise<HeadVersion | null> {
    const { libraryId, labelSetId } = key;
    return this.libraries.rows(libraryId).$transaction(async (transaction) => {
      await lockLabelSet(transaction, libraryId, labelSetId);
      const [active] = await retire(transaction, labelSetId, modelId);
      if (!active)
        throw new AfterimageError('LABEL_HEAD_NOT_FOUND', expected('an active head', 'labelSetId', labelSetId));
      const { isExclusive } = await transaction.labelSet.findUniqueOrThrow({ where: { id: labelSetId } });
      const before = await transaction.labelHead.findFirst({
        // One that was trained while the set was otherwise would not answer.
        where: { labelSetId, modelId, isExclusive, activatedAt: { not: null }, version: { lt: active.version } },
        orderBy: { version: 'desc' },
        select: { id: true },
      });
      if (!before) return null;
      return transaction.labelHead.update({ where: { id: before.id }, data: { state: 'ACTIVE' }, select: VERSION });
    });
  }

  async #find(libraryId: string, where: Prisma.LabelHeadWhereInput): Promise<StoredHead | undefined> {
    const row = await this.libraries.rows(libraryId).labelHead.findFirst({
      where,
      select: { labelIds: true, isExclusive: true, weights: true, bias: true, priorScale: true },
    });
    if (!row) return undefined;
    const { labelIds, isExclusive, weights, bias, priorScale } = row;
    return { labelIds, isExclusive, head: { weights: fromBytes(weights), bias: Float32Array.from(bias), priorScale } };
  }
}

function trainedSince(
  rows: LibraryTransaction,
  { libraryId, labelSetId }: SetKey,
  { modelId, version }: SeenVersion,
  digest: Uint8Array<ArrayBuffer>,
): Promise<HeadVersion | null> {
  return rows.labelHead.findFirst({
    where: { libraryId, labelSetId, modelId, digest, version: { gt: version } },
    orderBy: { version: 'desc' },
    select: VERSION,
  });
}

function retire(
  transaction: LibraryTransaction,
  labelSetId: string,
  modelId: string,
): Promise<{ readonly version: number }[]> {
  return transaction.labelHead.updateManyAndReturn({
    where: { labelSetId, modelId, state: 'ACTIVE' },
    data: { state: 'RETIRED' },
    select: { version: true },
  });
}

/** The machines that this runs on have the lowest byte first, as the format says. */
function toBytes(numbers: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

function fromBytes(bytes: Uint8Array): Float32Array {
  // A copy: a buffer of Postgres may begin where no float can.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
