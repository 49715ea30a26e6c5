import { collectionOf } from './assets/asset-index.js';
import { holdsAny } from './blobstore/holds-any.js';
import type { Config } from './config.js';
import type { DataDir } from './data-dir.js';
import type { PrismaClient } from './database/database.js';
import { AfterimageError } from './errors.js';
import type { Stores } from './stores.js';

/**
 * Holds an installation whose database is on a server to the one data directory that has its files, embeddings or both:
 * over another one its jobs would fail for want of them. The first start beside assets takes a folder only where it
 * has what they speak of.
 * @param isReadOnly takes none
 * @throws DATA_DIR_MISMATCH
 */
export async function requireOwnDataDir(
  config: Config,
  { path, instanceId }: DataDir,
  stores: Stores,
  isReadOnly: boolean,
): Promise<void> {
  const { prisma } = stores.database;
  const find = () => prisma.dataDir.findFirst();
  let own = await find();
  if (!own) {
    if (!(await isOfDatabase(config, stores))) throw mismatch(`what its assets speak of in ${path}`, 'nothing of it');
    if (isReadOnly) return;
    // Of two that start together one is the first.
    await prisma.dataDir.createMany({ data: { id: instanceId }, skipDuplicates: true });
    own = await find();
  }
  if (own!.id !== instanceId) throw mismatch(`the data directory ${own!.id} for ${path}`, instanceId);
}

/** Has the database take this data directory, whichever it had. */
export async function adoptDataDir(prisma: PrismaClient, { instanceId: id }: DataDir): Promise<void> {
  await prisma.dataDir.upsert({ where: { onlyRow: true }, create: { id }, update: { id } });
}

async function isOfDatabase({ s3 }: Config, { database: { prisma }, blobs, vectors }: Stores): Promise<boolean> {
  if (!(await prisma.asset.findFirst({ select: { id: true } }))) return true;
  if (s3) {
    const model = await prisma.model.findFirst({ where: { state: 'ACTIVE' } });
    return model !== null && vectors.hasCollection(collectionOf(model.id));
  }
  for (const { id } of await prisma.library.findMany({ select: { id: true } }))
    if (await holdsAny(blobs, `${id}/`)) return true;
  return false;
}

function mismatch(what: string, received: string): AfterimageError {
  const advice = 'set DATA_DIR to the folder of this database, or run "doctor --adopt" to have it use this one';
  return new AfterimageError('DATA_DIR_MISMATCH', `expected ${what}, received ${received}: ${advice}`);
}
