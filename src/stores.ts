import { join } from 'node:path';
import type { Logger } from 'pino';
import type { BlobStore } from './blobstore/blobstore.js';
import { FilesystemBlobStore } from './blobstore/filesystem.js';
import { embeddedParts, type Config } from './config.js';
import { openDatabase, type Database, type Migrating, type PrismaClient } from './database/database.js';
import { openDataDir, type DataDir } from './data-dir.js';
import type { Notices } from './database/notices.js';
import { PostgresNotices } from './database/postgres-notices.js';
import type { Releasers } from './releasers.js';
import { isBesideDatabase, requireOwnDataDir, takeDataDir } from './own-data-dir.js';
import { openSharedDataDir } from './shared-data-dir.js';
import type { VectorStore } from './vectorstore/vectorstore.js';

/** What a library is kept in, by whatever adapters the configuration asks for. */
export interface Stores {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly vectors: VectorStore;
}

export interface OpenOptions {
  /** All by default. Where it is none, nothing else is written either. */
  readonly migrating?: Migrating;
  /** Whether the data directory may be another one than the database has. */
  readonly isAdopting?: boolean;
}

/**
 * The folder for what is embedded: of this process alone. Where nothing is, one for its temporary files.
 * @throws DATA_DIR_UNUSABLE, DATA_DIR_IN_USE
 */
export function openFolder(config: Config): Promise<DataDir> {
  return embeddedParts(config).length === 0 ? openSharedDataDir(config.dataDir) : openDataDir(config.dataDir);
}

/**
 * Checks the folder before it migrates the database, and so changes nothing of one that it refuses.
 * @param dataDir of the embedded parts, and of temporary files; whoever calls holds it
 * @throws BLOB_STORE_FAILED, DATABASE_FAILED, DATABASE_UNUSABLE, MIGRATION_FAILED, VECTOR_STORE_FAILED,
 *   DATA_DIR_MISMATCH; what was opened by then is among the releasers
 */
export async function openStores(
  config: Config,
  dataDir: DataDir,
  releasers: Releasers,
  { migrating = 'all', isAdopting = false }: OpenOptions = {},
): Promise<Stores> {
  const { path: folder } = dataDir;
  const blobs = releasers.add(await openBlobStore(config, folder));
  const vectors = releasers.add(await openVectorStore(config, folder));
  const isHeld = isBesideDatabase(config) && !isAdopting;
  const check = (prisma: PrismaClient) => requireOwnDataDir(config, dataDir, { prisma, blobs, vectors });
  const location = config.databaseUrl ? { url: config.databaseUrl } : { embeddedDir: join(folder, 'database') };
  const database = releasers.add(await openDatabase(location, { migrating, ...(isHeld && { check }) }));
  if (isHeld && migrating !== 'none') await takeDataDir(database.prisma, dataDir);
  return { database, blobs, vectors };
}

async function openVectorStore({ qdrant }: Config, folder: string): Promise<VectorStore> {
  // Only the store that is used is loaded: the client of the other would take memory for nothing.
  if (qdrant) {
    const { QdrantVectorStore } = await import('./vectorstore/qdrant.js');
    return QdrantVectorStore.open(qdrant);
  }
  const { LanceDbVectorStore } = await import('./vectorstore/lancedb.js');
  return LanceDbVectorStore.open(join(folder, 'vectors'));
}

/** An embedded database has one process, which has nobody else to tell. @throws DATABASE_FAILED */
export async function openNotices({ databaseUrl }: Config, database: Database, log: Logger): Promise<Notices> {
  return database.notices ?? PostgresNotices.open(databaseUrl!, log);
}

async function openBlobStore({ s3 }: Config, folder: string): Promise<BlobStore> {
  if (!s3) return FilesystemBlobStore.open(join(folder, 'files'));
  // Only who has S3 pays for its client: 28 MB of memory.
  const { S3BlobStore } = await import('./blobstore/s3.js');
  return S3BlobStore.open({ ...s3, temporaryDir: join(folder, 'temporary') });
}
