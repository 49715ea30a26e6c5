import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AfterimageProcess } from './support/afterimage-process.js';
import { emptyDataDir } from './support/data-dir.js';
import { SAMPLE_NAMES } from './support/samples.js';
import { readStoredLibrary } from './support/stored-library.js';

/** What each search found first, as the demo prints it. */
function firstFinds(stdout: string): string[][] {
  return [...stdout.matchAll(/^ {2}"([^"]+)"\s+(\S+\.jpg)\s+0\.\d{3}$/gm)].map(([, query, name]) => [query!, name!]);
}

describe('the demo', () => {
  it('imports the samples once, searches, and serves until it is told to stop', async () => {
    const environment = { DATA_DIR: await emptyDataDir(), PORT: '0' };
    for (const summary of ['29 imported, 0 already there', '0 imported, 29 already there']) {
      const demo = new AfterimageProcess(['demo'], environment);
      const url = await demo.url();
      expect(demo.stdout).toContain(summary);
      expect(demo.stdout).toContain(`API         ${url}/graphql`);
      expect(firstFinds(demo.stdout)).toEqual([
        ['boats at sunset', 'boats-at-sunset.jpg'],
        ['a cup of coffee', 'cup-of-coffee.jpg'],
        ['galaxies', 'deep-field-galaxies.jpg'],
      ]);
      expect(await (await fetch(`${url}/ready`)).json()).toMatchObject({ status: 'ready' });
      expect(await demo.kill('SIGINT')).toMatchObject({ code: 0, stderr: '' });
    }
    expect((await readStoredLibrary(environment)).assets).toHaveLength(SAMPLE_NAMES.length);
  });
});

it('a demo that is told to stop in the middle of its import ends with code 0, and the next one goes on', async () => {
  const environment = { DATA_DIR: await emptyDataDir(), PORT: '0' };
  const first = new AfterimageProcess(['demo'], environment);
  const blobs = join(environment.DATA_DIR, 'files', 'blobs');
  await first.until(async () => (await readdir(blobs).catch(() => [])).length > 0, 'the first file');
  const { code, stdout, stderr } = await first.kill('SIGTERM');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^ {2}stopped after \d+ of \d+ files: /m);
  expect(stdout).not.toContain('What searches by meaning find');
  expect(await readStoredLibrary(environment)).toMatchObject({ openUploads: 0, incomingFiles: [] });

  const second = new AfterimageProcess(['demo'], environment);
  const [, uploaded, duplicates] = await second.says(/(\d+) imported, (\d+) already there/);
  expect(Number(uploaded) + Number(duplicates)).toBe(SAMPLE_NAMES.length);
  expect(Number(duplicates)).toBeGreaterThan(0);
});
