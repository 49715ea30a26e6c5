import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '#dist/database/database.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';

const INSERTER = fileURLToPath(new URL('../support/insert-libraries.mjs', import.meta.url));
const { embeddedDir } = emptyEmbeddedDatabase();

/** Returns the names that a process had acknowledged when it was killed in the middle of its work. */
async function insertUntilKilled(count: number): Promise<string[]> {
  const child = spawn(process.execPath, [INSERTER, embeddedDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const names: string[] = [];
  for await (const name of createInterface(child.stdout)) {
    if (names.push(name) === count) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return names;
}

it(
  'the embedded Postgres keeps every acknowledged row when its process is killed, more than once',
  { timeout: 60_000 },
  async () => {
    const acknowledged = [...(await insertUntilKilled(50)), ...(await insertUntilKilled(20))];
    const database = await openDatabase({ embeddedDir });
    const kept = new Set((await database.prisma.library.findMany()).map(({ name }) => name));
    await database.close();
    expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
    // At most the row that each process was writing came without its acknowledgement.
    expect(kept.size - acknowledged.length).toBeLessThanOrEqual(2);
  },
);
