import { expect, it } from 'vitest';
import { openDatabase } from '#dist/database/database.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { insertUntilKilled } from '../support/insert-until-killed.js';

const { embeddedDir } = emptyEmbeddedDatabase();

it(
  'the embedded Postgres keeps every acknowledged row when its process is killed, more than once',
  { timeout: 60_000 },
  async () => {
    const acknowledged = [...(await insertUntilKilled(embeddedDir, 50)), ...(await insertUntilKilled(embeddedDir, 20))];
    const database = await openDatabase({ embeddedDir });
    const kept = new Set((await database.prisma.library.findMany()).map(({ name }) => name));
    await database.close();
    expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
    // At most the row that each process was writing came without its acknowledgement.
    expect(kept.size - acknowledged.length).toBeLessThanOrEqual(2);
  },
);
