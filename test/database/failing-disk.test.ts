import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '#dist/database/database.js';
import { temporaryFolder } from '../e2e/support/data-dir.js';

const INSERTER = fileURLToPath(new URL('../support/insert-on-failing-disk.mjs', import.meta.url));
const FAILING_SYNC = new URL('../support/failing-sync.mjs', import.meta.url);

it('the embedded Postgres refuses, and lets nobody wait, where its log cannot be synced', async () => {
  const folder = await temporaryFolder();
  const embeddedDir = join(folder, 'postgres');
  const child = spawn(process.execPath, [INSERTER, embeddedDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: `--import ${FAILING_SYNC.href}`, FAILING_SYNC: join(folder, 'failing') },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said, reported, [code]] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    once(child, 'exit'),
  ]);
  expect(said.join('')).toBe('before is kept\nafter is refused\nlater is refused\nclosed\n');
  expect(reported.join('')).toContain('could not fsync file');
  expect(code).toBe(0);

  const database = await openDatabase({ embeddedDir });
  const kept = await database.prisma.library.findMany({ where: { name: 'before' } });
  await database.close();
  expect(kept).toHaveLength(1);
});
