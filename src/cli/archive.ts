import { numberOf } from './number-of.js';
import { withProgress } from './with-progress.js';
import { withStores, type OpenStores } from './with-stores.js';
import type { ArchiveParts } from '../archive/archive-parts.js';
import { exportArchive } from '../archive/export.js';
import { importArchive } from '../archive/import.js';
import { AssetEmbeddings } from '../assets/asset-embeddings.js';
import type { Config } from '../config.js';
import { LocalNotices } from '../database/notices.js';
import { JobQueue } from '../jobs/job-queue.js';

/** Writes everything into a folder. The exit code is 1 when an original is missing or damaged. */
export async function exportLibraries(
  config: Config,
  folder: string,
  { library, withKeys: isWithKeys = false }: { library?: string; withKeys?: boolean },
): Promise<void> {
  const act = async (stores: OpenStores) => {
    const assetCount = await withProgress('assets', ({ onProgress, fail: onProblem }) =>
      exportArchive(archivePartsOf(stores), folder, { library, isWithKeys, onProgress, onProblem }),
    );
    console.log(`  ${numberOf(assetCount, 'asset')} exported to ${folder}`);
  };
  await withStores(config, act, { isReadOnly: true });
}

/** Takes such a folder in. The exit code is 1 when a file of it is damaged. */
export async function importLibraries(
  config: Config,
  folder: string,
  { withKeys: isWithKeys = false }: { withKeys?: boolean } = {},
): Promise<void> {
  await withStores(config, async (stores) => {
    const counts = await withProgress('assets', ({ onProgress, fail: onProblem, say: onDuplicate }) =>
      importArchive(archivePartsOf(stores), folder, { onProgress, onProblem, onDuplicate }, { isWithKeys }),
    );
    const { imported, processing, present, restored, duplicate, refused, keys } = counts;
    const later = processing > 0 ? ` (${processing} of them yet to be processed)` : '';
    const back = restored > 0 ? ` (${restored} of them restored)` : '';
    const known = present + restored + duplicate;
    console.log(
      `  ${numberOf(imported + processing, 'asset')} imported${later}, ${known} already there${back}, ${refused} refused`,
    );
    if (isWithKeys) console.log(`  ${numberOf(keys, 'key')} imported`);
  });
}

export function archivePartsOf(stores: OpenStores): ArchiveParts {
  const { database, blobs, models, instanceId, leaseMs, uploads } = stores;
  const [{ modelId, collection }] = models;
  const { prisma } = database;
  // Workers in other processes find by themselves what is enqueued.
  const queue = new JobQueue(prisma, instanceId, leaseMs, new LocalNotices());
  return { prisma, blobs, collection, uploads, modelId, queue, embeddings: new AssetEmbeddings(prisma) };
}
