import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AfterimageProcess } from './support/afterimage-process.js';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { SAMPLE_NAMES } from './support/samples.js';
import { readStoredLibrary } from './support/stored-library.js';
import { describeOnEveryDatabase } from '../support/databases.js';

const files = async (dataDir: string, folder: string, ending = ''): Promise<number> => {
  const names = await readdir(join(dataDir, 'files', folder), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith(ending)).length;
};

const AT_FIRST = 'when it has just begun to start';

/** Moments in the import of the samples, by what is to be seen of them from outside. */
const MOMENTS: Readonly<Record<string, (dataDir: string) => boolean | Promise<boolean>>> = {
  [AT_FIRST]: (dataDir) => existsSync(join(dataDir, 'instance-id')),
  'while files are taken in': async (dataDir) => (await files(dataDir, 'incoming')) > 0,
  'while pictures are processed': async (dataDir) => (await files(dataDir, 'blobs', 'preview.jpg')) >= 4,
};

for (const [moment, hasCome] of Object.entries(MOMENTS))
  describeOnEveryDatabase(`an import killed ${moment}`, (location) => {
    it('is whole, with nothing twice and nothing left over, after the next start', async () => {
      // The first of them comes while the database is made.
      const dataDir = await (moment === AT_FIRST ? temporaryFolder() : emptyDataDir());
      const environment = { DATA_DIR: dataDir, PORT: '0', ...('url' in location && { DATABASE_URL: location.url }) };

      const first = new AfterimageProcess(['demo'], environment);
      await first.until(() => hasCome(dataDir), moment);
      const { signal, stdout } = await first.kill('SIGKILL');
      expect(signal).toBe('SIGKILL');
      expect(stdout).not.toContain('already there');

      const second = new AfterimageProcess(['demo'], environment);
      const [, uploaded, duplicates] = await second.says(/(\d+) imported, (\d+) already there/);
      expect(Number(uploaded) + Number(duplicates)).toBe(SAMPLE_NAMES.length);
      await second.url();
      expect(await second.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });

      const library = await readStoredLibrary(environment);
      expect(library.assets.map(({ originalName, state }) => `${originalName} ${state}`)).toEqual(
        SAMPLE_NAMES.map((name) => `${name} READY`),
      );
      expect(library.blobs).toEqual(library.expectedBlobs);
      expect(library.vectorIds).toEqual(library.assets.map(({ id }) => id).sort());
      expect(library).toMatchObject({ incomingFiles: [], openUploads: 0, unfinishedJobs: 0 });
    });
  });
