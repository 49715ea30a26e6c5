import { join } from 'node:path';
import { ApiKeys } from '../access/api-keys.js';
import { Libraries } from '../access/libraries.js';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { openDatabase, type PrismaClient } from '../database/database.js';
import type { Role } from '../database/generated/enums.js';
import { toName } from '../name.js';
import { Releasers } from '../releasers.js';

export async function createKey(
  config: Config,
  name: string,
  { role, library }: { role: Role; library: string },
): Promise<void> {
  const storedName = toName(name, 'name');
  await withDatabase(config, async (prisma) => {
    const libraryId = await new Libraries(prisma).ensure(library);
    const { id, secret } = await new ApiKeys(prisma).create({ name: storedName, role, libraryId });
    console.log(`${secret}\n\nThat is the key ${id}, ${role} of the library "${library}". It cannot be shown again.`);
    console.log('Clients send it as the header "Authorization: Bearer <key>".');
  });
}

export async function listKeys(config: Config): Promise<void> {
  await withDatabase(config, async (prisma) => {
    const keys = await new ApiKeys(prisma).list();
    if (keys.length === 0) return console.log('There are no keys.');
    console.table(
      keys.map(({ id, name, role, library, lastUsedAt, revokedAt }) => ({
        id,
        name,
        role,
        library,
        'last used': lastUsedAt?.toISOString() ?? 'never',
        revoked: revokedAt?.toISOString() ?? '',
      })),
    );
  });
}

export async function revokeKey(config: Config, id: string): Promise<void> {
  await withDatabase(config, async (prisma) => {
    await new ApiKeys(prisma).revoke(id);
    console.log(`The key ${id} is out of use.`);
  });
}

/**
 * The embedded database is in the data directory, which a running server keeps to itself; a real one can be shared. A key
 * may be made before the first start, but one of an earlier release is left to a server.
 */
async function withDatabase(config: Config, use: (prisma: PrismaClient) => Promise<void>): Promise<void> {
  const releasers = new Releasers();
  try {
    const { databaseUrl: url } = config;
    const location = url
      ? { url }
      : { embeddedDir: join(releasers.add(await openDataDir(config.dataDir)).path, 'database') };
    await use(releasers.add(await openDatabase(location, { migrating: 'new' })).prisma);
  } finally {
    await releasers.release();
  }
}
