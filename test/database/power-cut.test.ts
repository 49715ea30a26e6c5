import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '#dist/database/database.js';
import { temporaryFolder } from '../e2e/support/data-dir.js';
import { insertUntilKilled } from '../support/insert-until-killed.js';
import { PowerCut } from '../support/power-cut.js';

it.skipIf(!PowerCut.isPossible)(
  'the embedded Postgres keeps every acknowledged row through power cuts, from the start that makes it on',
  async () => {
    const folder = await temporaryFolder();
    let home = join(folder, 'new');
    await mkdir(home);
    const acknowledged: string[] = [];
    for (const count of [1, 60, 60]) {
      const cut = new PowerCut(home, join(folder, `kept-${count}-${acknowledged.length}`));
      acknowledged.push(...(await insertUntilKilled(join(home, 'postgres'), count, cut.environment)));
      home = join(folder, `after-${acknowledged.length}`);
      await cut.restore(home);
    }

    const database = await openDatabase({ embeddedDir: join(home, 'postgres') });
    const kept = new Set((await database.prisma.library.findMany()).map(({ name }) => name));
    await database.close();
    expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
  },
);
