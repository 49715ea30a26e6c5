import { randomUUID } from 'node:crypto';
import type { LabelHead } from './label-head.js';
import { readMetrics, type HeadMetrics } from './head-metrics.js';
import type { Libraries } from '../../access/libraries.js';
import type { LibraryTransaction } from '../../access/library-scope.js';
import type { LabelHead as Row } from '../../database/generated/client.js';
import { AfterimageError, expected } from '../../errors.js';

/** Of a set and a model. Older ones are forgotten, but for the active one. */
const KEPT = 20;

/** A head as it is kept. */
export interface StoredHead extends Pick<
  Row,
  'id' | 'modelId' | 'version' | 'state' | 'labelIds' | 'isExclusive' | 'decisions' | 'pictures' | 'createdAt'
> {
  readonly head: LabelHead;
  readonly metrics: HeadMetrics;
}

export type NewHead = Omit<StoredHead, 'id' | 'version' | 'state' | 'createdAt'> & {
  /** Whether it is to answer from now on. */
  readonly isBetter: boolean;
};

/** Which set, and of which library. */
export interface SetKey {
  readonly libraryId: string;
  readonly labelSetId: string;
}

/** The heads of the label sets, by model and version. */
export class LabelHeads {
  constructor(private readonly libraries: Libraries) {}

  /** The one that answers for a set with the embeddings of a model; undefined where the prior does. */
  async active({ libraryId, labelSetId }: SetKey, modelId: string): Promise<StoredHead | undefined> {
    const row = await this.libraries
      .rows(libraryId)
      .labelHead.findFirst({ where: { labelSetId, modelId, state: 'ACTIVE' } });
    return row ? toStored(row) : undefined;
  }

  /** All that are kept, the newest first. */
  async list({ libraryId, labelSetId }: SetKey, modelId: string): Promise<StoredHead[]> {
    const rows = await this.libraries
      .rows(libraryId)
      .labelHead.findMany({ where: { labelSetId, modelId }, orderBy: { version: 'desc' } });
    return rows.map(toStored);
  }

  /** Keeps a head as the next version. @throws LABEL_SET_NOT_FOUND when the set has gone meanwhile */
  async add(key: SetKey, { head, metrics, isBetter, ...fields }: NewHead): Promise<StoredHead> {
    const { libraryId, labelSetId } = key;
    const { modelId } = fields;
    return this.libraries.rows(libraryId).$transaction(async (transaction) => {
      await lock(transaction, key);
      const latest = await transaction.labelHead.findFirst({
        where: { labelSetId, modelId },
        orderBy: { version: 'desc' },
      });
      const version = (latest?.version ?? 0) + 1;
      if (isBetter) await retire(transaction, labelSetId, modelId);
      await transaction.labelHead.deleteMany({
        where: { labelSetId, modelId, version: { lte: version - KEPT }, state: { not: 'ACTIVE' } },
      });
      const row = await transaction.labelHead.create({
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
      });
      return toStored(row);
    });
  }

  /**
   * Takes the active head back: the one that was active before answers again, or the prior where there was none.
   * @returns the one that answers now; null for the prior
   * @throws LABEL_SET_NOT_FOUND, LABEL_HEAD_NOT_FOUND where the prior answers already
   */
  async rollBack(key: SetKey, modelId: string): Promise<StoredHead | null> {
    const { libraryId, labelSetId } = key;
    return this.libraries.rows(libraryId).$transaction(async (transaction) => {
      await lock(transaction, key);
      const [active] = await retire(transaction, labelSetId, modelId);
      if (!active)
        throw new AfterimageError('LABEL_HEAD_NOT_FOUND', expected('an active head', 'labelSetId', labelSetId));
      const before = await transaction.labelHead.findFirst({
        where: { labelSetId, modelId, state: 'RETIRED', version: { lt: active.version } },
        orderBy: { version: 'desc' },
      });
      if (!before) return null;
      const row = await transaction.labelHead.update({ where: { id: before.id }, data: { state: 'ACTIVE' } });
      return toStored(row);
    });
  }
}

/** Versions are counted by one after the other. */
async function lock(transaction: LibraryTransaction, { libraryId, labelSetId }: SetKey): Promise<void> {
  const found = await transaction.$queryRaw<object[]>`
    SELECT FROM "label_set" WHERE "id" = ${labelSetId}::uuid AND "library_id" = ${libraryId}::uuid FOR UPDATE`;
  if (found.length === 0)
    throw new AfterimageError('LABEL_SET_NOT_FOUND', expected('a label set of the library', 'labelSetId', labelSetId));
}

function retire(transaction: LibraryTransaction, labelSetId: string, modelId: string): Promise<Row[]> {
  return transaction.labelHead.updateManyAndReturn({
    where: { labelSetId, modelId, state: 'ACTIVE' },
    data: { state: 'RETIRED' },
  });
}

function toStored(row: Row): StoredHead {
  const { weights, bias, priorScale, metrics, ...fields } = row;
  const head = { weights: fromBytes(weights), bias: Float32Array.from(bias), priorScale };
  return { ...fields, head, metrics: readMetrics(metrics) };
}

/** The machines that this runs on have the lowest byte first, as the format says. */
function toBytes(numbers: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

function fromBytes(bytes: Uint8Array): Float32Array {
  // A copy: a buffer of Postgres may begin where no float can.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
