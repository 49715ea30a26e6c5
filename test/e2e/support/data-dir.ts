import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import type { WhenOver } from './afterimage-process.js';

/** The path of a folder of the test's own, removed afterwards. */
export async function temporaryFolder(whenOver: WhenOver = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'afterimage-e2e-'));
  whenOver(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A data directory with an empty embedded database in it, because to make one takes seconds. */
export async function emptyDataDir(): Promise<string> {
  const folder = await temporaryFolder();
  // The asynchronous one takes five times the processor time.
  cpSync(inject('embeddedTemplate'), join(folder, 'database'), { recursive: true });
  return folder;
}
