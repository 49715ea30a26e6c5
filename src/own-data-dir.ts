import { collectionOf } from './assets/asset-index.js';
import { holdsAny } from './blobstore/holds-any.js';
import { embeddedParts, type Config } from './config.js';
import type { DataDir } from './data-dir.js';
import type { PrismaClient } from './database/database.js';
import { hasTable } from './database/has-table.js';
import { AfterimageError } from './errors.js';
import type { Stores } from './stores.js';

// An installation whose database is on a server is held to the one data directory that has its files, embeddings or both:
// over another one its jobs would fail for want of them.

interface PartsBeside extends Pick<Stores, 'blobs' | 'vectors'> {
  /** May not have been migrated yet: it is asked for what every release had. */
  readonly prisma: PrismaClient;
}

/** An embedded database is in the folder; and where nothing is, it has nothing to say. */
export function isBesideDatabase(config: Config): boolean {
  return config.databaseUrl !== undefined && embeddedParts(config).length > 0;
}

/**
 * That it is the one of the database, or may become it: beside assets only where it has what they speak of.
 * @throws DATA_DIR_MISMATCH
 */
export async function requireOwnDataDir(config: Config, dataDir: DataDir, parts: PartsBeside): Promise<void> {
  const { prisma } = parts;
  if ((await hasTable(prisma, 'data_dir')) && (await requireNoOther(prisma, dataDir))) return;
  if (await isOfDatabase(config, parts)) return;
  throw mismatch(`what its assets speak of in ${dataDir.path}`, 'nothing of it');
}

/** Has the database take this data directory where it has none yet. @throws DATA_DIR_MISMATCH */
export async function takeDataDir(prisma: PrismaClient, dataDir: DataDir): Promise<void> {
  // Of two that start together one is the first.
  await prisma.dataDir.createMany({ data: { id: dataDir.instanceId }, skipDuplicates: true });
  await requireNoOther(prisma, dataDir);
}

/** Has the database take this data directory, whichever it had. */
export async function adoptDataDir(
  prisma: PrismaClient,
  { instanceId: id }: Pick<DataDir, 'instanceId'>,
): Promise<void> {
  await prisma.dataDir.upsert({ where: { onlyRow: true }, create: { id }, update: { id } });
}

/** @returns whether the database has this one, instead of none @throws DATA_DIR_MISMATCH */
async function requireNoOther(prisma: PrismaClient, { path, instanceId }: DataDir): Promise<boolean> {
  const own = await prisma.dataDir.findFirst();
  if (own && own.id !== instanceId) throw mismatch(`the data directory ${own.id} for ${path}`, instanceId);
  return own !== null;
}

async function isOfDatabase({ s3 }: Config, { prisma, blobs, vectors }: PartsBeside): Promise<boolean> {
  if (!(await hasTable(prisma, 'asset'))) return true;
  if (!(await prisma.asset.findFirst({ select: { id: true } }))) return true;
  if (s3) {
    const modelId = await activeModelId(prisma);
    return modelId !== undefined && vectors.hasCollection(collectionOf(modelId));
  }
  for (const { id } of await prisma.library.findMany({ select: { id: true } }))
    if (await holdsAny(blobs, `${id}/`)) return true;
  return false;
}

/** Before there were changes of the model it stood with the assets. */
async function activeModelId(prisma: PrismaClient): Promise<string | undefined> {
  const [model] = (await hasTable(prisma, 'model'))
    ? await prisma.$queryRaw<{ id: string }[]>`SELECT "id" FROM "model" WHERE "state" = 'ACTIVE'`
    : await prisma.$queryRaw<{ id: string }[]>`
        SELECT "embedding_model_id" AS "id" FROM "asset" WHERE "embedding_model_id" IS NOT NULL
        GROUP BY "embedding_model_id" ORDER BY count(*) DESC, "embedding_model_id" LIMIT 1`;
  return model?.id;
}

function mismatch(what: string, received: string): AfterimageError {
  const advice = 'set DATA_DIR to the folder of this database, or run "doctor --adopt" to have it use this one';
  return new AfterimageError('DATA_DIR_MISMATCH', `expected ${what}, received ${received}: ${advice}`);
}
