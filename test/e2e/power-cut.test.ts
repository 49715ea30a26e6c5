import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PowerCut } from '../support/power-cut.js';
import { AfterimageProcess } from './support/afterimage-process.js';
import { temporaryFolder } from './support/data-dir.js';
import { askGraphQL } from './support/graphql-client.js';
import { runHere } from './support/run-here.js';
import { readStoredLibrary } from './support/stored-library.js';
import { PHOTOGRAPH, pictures, sendTogether, toldTogether, UploadClient } from './support/upload-client.js';

const COUNTS = '{ ready: assets(filter: { states: [READY] }) { totalCount } all: assets { totalCount } }';
const FIND = '{ searchByText(query: "boats at sunset", first: 1) { edges { node { originalName } } } }';

it.skipIf(!PowerCut.isPossible)(
  'every picture that was taken is there, and found, after a power cut in the middle of uploads',
  async () => {
    const folder = await temporaryFolder();
    const [before, after] = [join(folder, 'before'), join(folder, 'after')];
    await mkdir(before);
    const cut = new PowerCut(before, join(folder, 'durable'));
    const first = new AfterimageProcess(['serve'], { DATA_DIR: before, PORT: '0', ...cut.environment });
    const url = await first.url();
    const clients = [0, 1].map(() => new UploadClient(() => url));
    void sendTogether(clients, await pictures(60)).catch(() => undefined);
    await first.until(() => toldTogether(clients).size >= 30, '30 pictures that are taken');
    await first.kill('SIGKILL');
    const told = toldTogether(clients);
    expect(told.size).toBeLessThan(60);

    await cut.restore(after);
    const environment = { DATA_DIR: after, PORT: '0' };
    const second = new AfterimageProcess(['serve'], environment);
    const restarted = await second.url();
    await second.until(
      async () => {
        const { data } = (await askGraphQL(restarted, COUNTS)) as {
          data: Record<'ready' | 'all', { totalCount: number }>;
        };
        return data.ready.totalCount === data.all.totalCount;
      },
      'the end of all work',
      { interval: 200 },
    );
    expect(await askGraphQL(restarted, FIND)).toEqual({
      data: { searchByText: { edges: [{ node: { originalName: PHOTOGRAPH } }] } },
    });
    expect(await second.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });

    const library = await readStoredLibrary(environment);
    expect(library.assets.map(({ id }) => id)).toEqual(expect.arrayContaining([...told.values()]));
    expect(library.blobs).toEqual(library.expectedBlobs);
    expect(library.vectorIds).toEqual(library.assets.map(({ id }) => id).sort());
    expect(library).toMatchObject({ openUploads: 0, unfinishedJobs: 0 });
    expect(await runHere(['doctor', '--checksums'], environment)).toMatchObject({
      code: 0,
      stdout: 'Nothing is wrong.\n',
      stderr: '',
    });
  },
);
