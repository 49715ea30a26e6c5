import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AfterimageProcess } from './support/afterimage-process.js';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { runHere } from './support/run-here.js';
import { SAMPLE_NAMES, SAMPLES } from './support/samples.js';
import { readStoredLibrary } from './support/stored-library.js';
import { describeOnEveryDatabase } from '../support/databases.js';

const CLEAN = { code: 0, stderr: '' };

const files = async (folder: string, pattern: RegExp): Promise<number> => {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => pattern.test(name)).length;
};

/** Moments in an import of so many samples, by what is to be seen of them from outside. */
const MOMENTS = [
  {
    moment: 'while files are taken in',
    pictures: 6,
    hasCome: async (dataDir: string) => (await files(join(dataDir, 'files/incoming'), /./)) > 0,
  },
  {
    moment: 'while pictures are processed',
    pictures: 14,
    hasCome: async (dataDir: string) => (await files(join(dataDir, 'files/blobs'), /preview\.jpg$/)) >= 4,
  },
  {
    moment: 'when the first embedding is stored',
    pictures: 6,
    hasCome: async (dataDir: string) => (await files(join(dataDir, 'vectors'), /data.[^/\\]+\.lance$/)) > 0,
  },
];

async function folderOfSamples(names: readonly string[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'pictures');
  await mkdir(folder);
  for (const name of names) await copyFile(join(SAMPLES, name), join(folder, name));
  return folder;
}

// On Postgres: killed-processes.test.ts.
describe('an import killed', () => {
  it.each(MOMENTS)(
    '$moment is whole, with nothing twice and nothing left over, after the next one',
    async ({ moment, pictures, hasCome }) => {
      const names = SAMPLE_NAMES.slice(0, pictures);
      const folder = await folderOfSamples(names);
      const dataDir = await emptyDataDir();
      const environment = { DATA_DIR: dataDir };

      const first = new AfterimageProcess(['import', folder], environment);
      await first.until(() => hasCome(dataDir), moment);
      const { signal, stdout } = await first.kill('SIGKILL');
      expect(signal).toBe('SIGKILL');
      expect(stdout).not.toContain('already there');

      const second = await runHere(['import', folder], environment);
      expect(second).toMatchObject(CLEAN);
      const [, uploaded, duplicates] = /(\d+) imported, (\d+) already there/.exec(second.stdout)!;
      expect(Number(uploaded) + Number(duplicates)).toBe(pictures);

      const library = await readStoredLibrary(environment);
      expect(library.assets.map(({ originalName, state }) => `${originalName} ${state}`)).toEqual(
        names.map((name) => `${name} READY`),
      );
      expect(library.blobs).toEqual(library.expectedBlobs);
      expect(library.vectorIds).toEqual(library.assets.map(({ id }) => id).sort());
      expect(library).toMatchObject({ incomingFiles: [], openUploads: 0, unfinishedJobs: 0 });
    },
  );
});

describeOnEveryDatabase('a server killed when it has just begun to start', (location) => {
  it('starts the next time', async () => {
    // Without a database in it: the embedded one is made while the process is killed.
    const dataDir = await temporaryFolder();
    const environment = { DATA_DIR: dataDir, PORT: '0', ...('url' in location && { DATABASE_URL: location.url }) };
    const first = new AfterimageProcess(['serve'], environment);
    await first.until(() => existsSync(join(dataDir, 'instance-id')), 'its identity');
    expect(await first.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL', stdout: '' });

    const second = new AfterimageProcess(['serve'], environment);
    await second.url();
    expect(await second.kill('SIGTERM')).toMatchObject(CLEAN);
    expect((await readdir(dataDir)).filter((name) => name.includes('unfinished'))).toEqual([]);
  });
});
