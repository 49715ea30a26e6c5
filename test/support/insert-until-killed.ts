import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

const INSERTER = fileURLToPath(new URL('insert-libraries.mjs', import.meta.url));

/**
 * Returns the names of the libraries that a process had acknowledged when it was killed in the middle of its work.
 * @param environment added to that of this process
 */
export async function insertUntilKilled(embeddedDir: string, count: number, environment?: object): Promise<string[]> {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [INSERTER, embeddedDir], { stdio: ['ignore', 'pipe', 'inherit'], env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const names: string[] = [];
  for await (const name of createInterface(child.stdout)) {
    if (names.push(name) === count) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return names;
}
