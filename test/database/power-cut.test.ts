import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '#dist/database/database.js';
import { temporaryFolder } from '../e2e/support/data-dir.js';
import { PowerCut } from '../support/power-cut.js';

const INSERTER = fileURLToPath(new URL('../support/insert-libraries.mjs', import.meta.url));

/** Returns the names that a process had acknowledged when the power went. */
async function insertUntilCut(count: number, embeddedDir: string, cut: PowerCut): Promise<string[]> {
  const env = { ...process.env, ...cut.environment };
  const child = spawn(process.execPath, [INSERTER, embeddedDir], { stdio: ['ignore', 'pipe', 'inherit'], env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const names: string[] = [];
  for await (const name of createInterface(child.stdout)) {
    if (names.push(name) === count) child.kill('SIGKILL');
  }
  await exited;
  return names;
}

it.skipIf(!PowerCut.isPossible)(
  'the embedded Postgres keeps every acknowledged row through power cuts, from the start that makes it on',
  async () => {
    const folder = await temporaryFolder();
    let home = join(folder, 'new');
    await mkdir(home);
    const acknowledged: string[] = [];
    for (const count of [1, 60, 60]) {
      const cut = new PowerCut(home, join(folder, `kept-${count}-${acknowledged.length}`));
      acknowledged.push(...(await insertUntilCut(count, join(home, 'postgres'), cut)));
      home = join(folder, `after-${acknowledged.length}`);
      await cut.restore(home);
    }

    const database = await openDatabase({ embeddedDir: join(home, 'postgres') });
    const kept = new Set((await database.prisma.library.findMany()).map(({ name }) => name));
    await database.close();
    expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
  },
);
