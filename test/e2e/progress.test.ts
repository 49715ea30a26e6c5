import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import type { Environment } from './support/afterimage-process.js';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { runHere } from './support/run-here.js';
import { numberedPng } from '../support/pictures.js';

it('exports and an import of an archive show how far they have come, on a terminal', async () => {
  const folder = await temporaryFolder();
  const [pictures, archive, again] = ['pictures', 'archive', 'again'].map((name) => join(folder, name));
  await mkdir(pictures!);
  for (const number of [0, 1, 2]) {
    const { name, bytes } = await numberedPng(number);
    await writeFile(join(pictures!, name), bytes);
  }
  const [source, target] = [{ DATA_DIR: await emptyDataDir() }, { DATA_DIR: await emptyDataDir() }];
  expect(await runOnTerminal(['import', pictures!], source)).toMatch(/ 3\/3 files\s*$/);
  expect(await runOnTerminal(['export', archive!], source)).toMatch(/ 0\/3 assets.* 3\/3 assets\s*$/s);
  expect(await runOnTerminal(['import-archive', archive!], target)).toMatch(/ 0\/3 assets.* 3\/3 assets\s*$/s);
  expect(await runOnTerminal(['export-pictures', again!], target)).toMatch(/ 0\/3 pictures.* 3\/3 pictures\s*$/s);
  // Elsewhere only what has come of it.
  expect(await runHere(['import-archive', archive!], target)).toMatchObject({ code: 0, stderr: '' });
});

/** @returns what a command has shown, without how it was drawn */
async function runOnTerminal(args: readonly string[], environment: Environment): Promise<string> {
  const { stderr } = process;
  const { isTTY } = stderr;
  stderr.isTTY = true;
  try {
    const ending = await runHere(args, environment);
    expect(ending.code).toBe(0);
    // A command that is stopped dead would leave the cursor hidden, and lines cut off.
    for (const mode of ['\u001b[?25l', '\u001b[?7l']) expect(ending.stderr).not.toContain(mode);
    return stripVTControlCharacters(ending.stderr);
  } finally {
    stderr.isTTY = isTTY;
  }
}
