import { randomUUID } from 'node:crypto';
import type { LabelSetWithLabels } from './label-sets.service.js';
import { vocabularyOf } from './vocabulary.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import { toStoredJson } from '../assets/stored-filter.js';
import type { Classification } from '../database/generated/client.js';
import type { JobQueue } from '../jobs/job-queue.js';

/** What is asked of a set; see `Classification`. */
export type Asked = Pick<
  Classification,
  'isDryRun' | 'isAutomatic' | 'threshold' | 'modelId' | 'headId' | 'total' | 'requestedById'
> & { readonly filter: AssetFilter };

/** Writes a classification by a set as that is now, and the job for its first portion. */
export async function beginClassification(
  transaction: LibraryTransaction,
  queue: JobQueue,
  set: LabelSetWithLabels,
  asked: Asked,
): Promise<Classification> {
  const id = randomUUID();
  const { id: labelSetId, libraryId } = set;
  const row = await transaction.classification.create({
    data: {
      ...asked,
      id,
      libraryId,
      labelSetId,
      filter: toStoredJson(asked.filter),
      vocabulary: vocabularyOf(set, asked.threshold),
    },
  });
  await queue.enqueue(transaction, [{ libraryId, kind: 'CLASSIFY_ASSETS', assetId: id }]);
  return row;
}
