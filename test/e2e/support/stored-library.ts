import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { blobKeys } from '#dist/assets/asset-files.js';
import { collectionOf } from '#dist/assets/asset-index.js';
import { ASSET_PAYLOAD } from '#dist/assets/asset-payload.js';
import { FilesystemBlobStore } from '#dist/blobstore/filesystem.js';
import { parseConfig } from '#dist/config.js';
import { openDatabase } from '#dist/database/database.js';
import { loadModel } from '#dist/inference/model-registry.js';
import { LanceDbVectorStore } from '#dist/vectorstore/lancedb.js';
import type { Environment } from './afterimage-process.js';

/** What a library keeps in its three stores, each list sorted. */
export interface StoredLibrary {
  readonly assets: readonly { readonly id: string; readonly originalName: string; readonly state: string }[];
  readonly openUploads: number;
  readonly unfinishedJobs: number;
  readonly blobs: readonly string[];
  /** The blobs that these assets ought to have. */
  readonly expectedBlobs: readonly string[];
  readonly incomingFiles: readonly string[];
  readonly vectorIds: readonly string[];
}

/** Opens the stores themselves; no process may have the library open. */
export async function readStoredLibrary(environment: Environment): Promise<StoredLibrary> {
  const { dataDir, databaseUrl, model, modelsDir } = parseConfig(environment);
  // Before the blob store is opened, which tidies up.
  const incomingFiles = await readdir(join(dataDir, 'files', 'incoming'));
  const { manifest } = await loadModel(model, modelsDir);
  const database = await openDatabase(databaseUrl ? { url: databaseUrl } : { embeddedDir: join(dataDir, 'database') });
  const blobs = await FilesystemBlobStore.open(join(dataDir, 'files'));
  const vectors = await LanceDbVectorStore.open(join(dataDir, 'vectors'));
  try {
    const { prisma } = database;
    const rows = await prisma.asset.findMany({ orderBy: { originalName: 'asc' } });
    const { id, dimension } = manifest;
    const collection = await vectors.openCollection({ name: collectionOf(id), dimension, payload: ASSET_PAYLOAD });
    return {
      assets: rows.map(({ id, originalName, state }) => ({ id, originalName, state })),
      openUploads: await prisma.upload.count(),
      unfinishedJobs: await prisma.job.count({ where: { state: { not: 'SUCCEEDED' } } }),
      blobs: (await collect(blobs.list(''))).sort(),
      expectedBlobs: rows.flatMap(({ libraryId, id }) => blobKeys(libraryId, id)).sort(),
      incomingFiles,
      vectorIds: (await collect(collection.scrollIds())).flat().sort(),
    };
  } finally {
    await vectors.close();
    await database.close();
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
