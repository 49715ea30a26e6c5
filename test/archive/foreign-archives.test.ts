import { readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../e2e/support/data-dir.js';
import { embedded } from '../e2e/support/installations.js';
import { inStores } from '../e2e/support/stores.js';
import { exportLibrary, importAgain, insertLabelledLibrary, rewrite } from '../support/archives.js';
import { ASSETS, archivePath, LABELS } from '#dist/archive/archive-format.js';
import { importArchive } from '#dist/archive/import.js';
import { ORIGINAL } from '#dist/assets/asset-files.js';
import { archivePartsOf } from '#dist/cli/archive.js';
import type { OpenStores } from '#dist/cli/with-stores.js';

/** An archive of one asset, which is not there any more; made anew for each test. */
async function withArchive(use: (stores: OpenStores, folder: string, assetId: string) => Promise<void>): Promise<void> {
  await inStores(await embedded.settings(), async (stores) => {
    const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED' });
    const folder = await exportLibrary(stores, library);
    await stores.database.prisma.library.update({ where: { id: library.id }, data: { name: 'another' } });
    await stores.database.prisma.asset.delete({ where: { id: library.assetId } });
    await use(stores, folder, library.assetId);
  });
}

type Line = { readonly asset: Record<string, unknown> };
const changing = (fields: object) => (line: object) => ({ ...line, asset: { ...(line as Line).asset, ...fields } });

const WRONG: readonly [string, object][] = [
  ['asset.mimeType', { mimeType: 'text/html' }],
  ['asset.mimeType', { mimeType: 'image/png\r\nset-cookie: a=b' }],
  ['asset.latitude', { latitude: 1e9, longitude: 0 }],
  ['asset.longitude', { latitude: 0, longitude: -180.5 }],
  ['asset.latitude', { latitude: 10, longitude: null }],
  ['asset.width', { width: 2 ** 31 }],
  ['asset.width', { width: 100_000, height: 100_000 }],
  ['asset.byteSize', { byteSize: 2 ** 41 }],
  ['asset.failureMessage', { failureMessage: 'a\0b' }],
  ['asset.cameraMake', { cameraMake: 'Ca\0non' }],
  ['asset.dominantColours.0', { dominantColours: ['red; x'] }],
  ['asset.dominantColours', { dominantColours: Array.from({ length: 6 }, () => '#000000') }],
  ['asset.thumbhash', { thumbhash: 'A'.repeat(400) }],
  ['asset.uploadedAt', { uploadedAt: '0000-01-01T00:00:00Z' }],
];

describe('a field that no upload could make', () => {
  test('is named with its line, and nothing is written, not even of the lines before', () =>
    withArchive(async (stores, folder) => {
      const { prisma } = stores.database;
      const lines = join(folder, ASSETS);
      const sound = await readFile(lines, 'utf8');
      for (const [field, fields] of WRONG) {
        const wrong = JSON.stringify(changing(fields)(JSON.parse(sound) as object));
        await writeFile(lines, `${sound.trimEnd()}\n${wrong}\n`);
        await rewrite(folder, ASSETS, (line) => line);
        await expect(importAgain(stores, folder), field).rejects.toMatchObject({
          code: 'ARCHIVE_INVALID',
          message: expect.stringContaining(`${lines}:2, received ${field}: `) as string,
        });
      }
      for (const [field, change] of [
        ['embedding', { embedding: 7 }],
        ['library', { library: 'of nobody' }],
      ] as const) {
        await writeFile(lines, sound);
        await rewrite(folder, ASSETS, (line) => ({ ...line, ...change }));
        await expect(importAgain(stores, folder), field).rejects.toMatchObject({
          code: 'ARCHIVE_INVALID',
          message: expect.stringContaining(`${lines}:1, received ${field}: `) as string,
        });
      }
      expect(await prisma.asset.count()).toBe(0);
      expect(await prisma.library.findMany({ where: { name: { notIn: ['another', 'default'] } } })).toEqual([]);
    }));
});

test('texts of an archive are brought to their bounds, as those that a file says of itself', () =>
  withArchive(async (stores, folder, id) => {
    const fields = {
      originalName: `../../etc/${'x'.repeat(100_000)}.jpg`,
      title: ` ${'t'.repeat(600)}\u0007`,
      description: 'd'.repeat(20_000),
      creator: ' ',
      tags: Array.from({ length: 500 }, (_, index) => `${index} ${'y'.repeat(1_000)}`),
      // As releases took it that did not look at the year.
      capturedAt: '0000-01-01T00:00:00Z',
    };
    await rewrite(folder, ASSETS, changing(fields));
    expect(await importAgain(stores, folder)).toMatchObject({ imported: 1 });
    const asset = await stores.database.prisma.asset.findUniqueOrThrow({ where: { id } });
    expect(asset).toMatchObject({
      originalName: expect.stringMatching(/^x{200,251}\.jpg$/) as string,
      title: 't'.repeat(500),
      description: 'd'.repeat(10_000),
      creator: null,
      capturedAt: null,
    });
    expect([asset.tags.length, Math.max(...asset.tags.map(({ length }) => length))]).toEqual([200, 100]);
  }));

describe('a symbolic link in an archive is not followed:', () => {
  let secret: string;
  let outside: string;
  beforeAll(async () => {
    outside = await temporaryFolder(() => {});
    secret = join(outside, 'secret');
    await writeFile(secret, 'a secret of this machine');
  });
  afterAll(() => rm(outside, { recursive: true, force: true }));

  test.each(['the file', 'its folder', 'the folder of all files'])('%s of an original', (where) =>
    withArchive(async (stores, folder, id) => {
      const path = archivePath(id, ORIGINAL);
      const linked = { 'the file': path, 'its folder': dirname(path) }[where] ?? 'files';
      if (where === 'the file') await rm(join(folder, path));
      else await rename(join(folder, linked), join(folder, '..', 'moved'));
      await symlink(where === 'the file' ? secret : join(folder, '..', 'moved'), join(folder, linked));
      const problems: string[] = [];
      const listener = { onProblem: (problem: string) => void problems.push(problem), onDuplicate: () => {} };
      const counts = await importArchive(archivePartsOf(stores), folder, listener, { isWithKeys: false });
      expect(counts).toMatchObject({ imported: 0, refused: 1 });
      expect(problems).toEqual([`expected a file that can be read at ${join(folder, path)}, received a symbolic link`]);
    }),
  );

  test('one of the lists', () =>
    withArchive(async (stores, folder) => {
      const path = join(folder, LABELS);
      await rename(path, join(folder, '..', 'moved'));
      await symlink(join(folder, '..', 'moved'), path);
      await expect(importAgain(stores, folder)).rejects.toMatchObject({
        code: 'ARCHIVE_DAMAGED',
        message: `expected a file that can be read at ${path}, received a symbolic link`,
      });
    }));
});
