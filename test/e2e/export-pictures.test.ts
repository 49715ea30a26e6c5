import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { runHere } from './support/run-here.js';
import { SAMPLES } from './support/samples.js';
import { inStores } from './support/stores.js';
import { bytesOf, numbered, numberedPng } from '../support/pictures.js';
import { blobKey, ORIGINAL } from '#dist/assets/asset-files.js';

const SAID = {
  title: 'Fish & <chips> "to go"',
  description: 'Two lines\nof it',
  creator: 'Ada, Bob',
  credit: 'The desk',
  copyright: '© us',
  rating: 4,
  latitude: -47.51,
  longitude: 8.26,
  altitudeMetres: -408.5,
};

describe('export-pictures', () => {
  it('writes originals and what is known of them, as import takes them in again', async () => {
    const folder = await temporaryFolder();
    const exif = { IFD2: { DateTimeOriginal: '2020:01:02 03:04:05' } };
    await writeFile(join(folder, 'dated.jpg'), await bytesOf(numbered(1).withExif(exif).jpeg()));
    // As long as a name may be, in bytes that a part of it must not go beyond.
    const long = `${'猫'.repeat(75)}.png`;
    await writeFile(join(folder, long), (await numberedPng(2)).bytes);
    const environment = { DATA_DIR: await emptyDataDir() };
    await runHere(['import', folder, '--tag', 'harbour'], environment);
    await inStores(environment, async ({ database: { prisma } }) => {
      const dated = await prisma.asset.update({ where: await oneOf(prisma, 'dated.jpg'), data: SAID });
      const { id, libraryId } = dated;
      for (const [name, state] of [
        ['boat', 'ACCEPTED'],
        ['car', 'SUGGESTED'],
      ] as const) {
        const label = await prisma.label.create({ data: { id: randomUUID(), libraryId, name, nameKey: name } });
        await prisma.assetLabel.create({ data: { assetId: id, labelId: label.id, source: 'HUMAN', state } });
      }
    });

    const out = join(await temporaryFolder(), 'out');
    const first = await runHere(['export-pictures', out], environment);
    expect(first).toMatchObject({ code: 0, stdout: `  2 pictures written to ${out}, 0 already there\n` });
    const month = new Date().toISOString().slice(0, 7).replace('-', '/');
    expect(await filesOf(out)).toEqual(
      ['2020/01/dated.jpg', '2020/01/dated.jpg.xmp', `${month}/${long}`, `${month}/${long}.xmp`].sort(),
    );
    expect((await stat(join(out, '2020/01/dated.jpg'))).mtime).toEqual(new Date('2020-01-02T03:04:05Z'));
    expect(await readFile(join(out, month, long))).toEqual(await readFile(join(folder, long)));

    const other = { DATA_DIR: await emptyDataDir() };
    expect(await runHere(['import', out], other)).toMatchObject({ code: 0 });
    const read = () =>
      inStores(other, async ({ database: { prisma } }) => {
        const { latitude, longitude, ...asset } = await prisma.asset.findFirstOrThrow({
          where: { originalName: 'dated.jpg' },
        });
        return { ...asset, latitude: latitude!.toFixed(7), longitude: longitude!.toFixed(7) };
      });
    expect(await read()).toMatchObject({
      ...SAID,
      latitude: '-47.5100000',
      longitude: '8.2600000',
      tags: ['harbour', 'boat'],
      capturedAt: new Date('2020-01-02T03:04:05Z'),
    });
  });

  it('tells pictures of one name apart, and goes on where it was, over nothing that others have written', async () => {
    const folder = await temporaryFolder();
    const date = { IFD2: { DateTimeOriginal: '2020:01:02 03:04:05' } };
    for (const number of [1, 2, 3]) {
      await mkdir(join(folder, String(number)));
      const bytes = await bytesOf(numbered(number).withExif(date).png());
      await writeFile(join(folder, String(number), number === 3 ? 'A.PNG' : 'a.png'), bytes);
    }
    const environment = { DATA_DIR: await emptyDataDir() };
    await runHere(['import', folder], environment);
    const out = await temporaryFolder();
    await mkdir(join(out, '2020/01'), { recursive: true });
    await writeFile(join(out, '2020/01/a.png'), 'of another');
    await runHere(['export-pictures', out], environment);
    const pictures = (await filesOf(out)).filter((path) => !path.endsWith('.xmp'));
    expect(pictures).toHaveLength(4);
    const own = pictures.filter((path) => path !== '2020/01/a.png');
    expect(new Set(own.map((path) => path.toLowerCase())).size).toBe(3);
    expect(await readFile(join(out, '2020/01/a.png'), 'utf8')).toBe('of another');

    const [again, touched] = own;
    await rm(join(out, again!));
    await writeFile(join(out, `${touched}.xmp`), '<x:xmpmeta x:xmptk="darktable"/>');
    const second = await runHere(['export-pictures', out], environment);
    expect(second.stdout)
      .toBe(`  expected an XMP file of our own at ${touched}.xmp, received that of another program: kept
  1 picture written to ${out}, 2 already there
`);
    expect(second.code).toBe(1);
    expect(await readFile(join(out, `${touched}.xmp`), 'utf8')).toContain('darktable');
    expect((await filesOf(out)).filter((path) => !path.endsWith('.xmp'))).toEqual(pictures);
  });

  it('leaves the trash out, and names an original that is not what came in', async () => {
    const folder = await temporaryFolder();
    for (const name of ['cat-face.jpg', 'brick-wall.jpg', 'moon-surface.jpg'])
      await copyFile(join(SAMPLES, name), join(folder, name));
    const environment = { DATA_DIR: await emptyDataDir() };
    await runHere(['import', folder], environment);
    const id = await inStores(environment, async ({ database: { prisma } }) => {
      await prisma.asset.update({ where: await oneOf(prisma, 'cat-face.jpg'), data: { trashedAt: new Date() } });
      const moon = await oneOf(prisma, 'moon-surface.jpg');
      const { libraryId } = await prisma.asset.findUniqueOrThrow({ where: moon });
      await writeFile(
        join(environment.DATA_DIR, 'files', 'blobs', blobKey(libraryId, moon.id, ORIGINAL)),
        'other bytes',
      );
      return moon.id;
    });
    const out = await temporaryFolder();
    const { code, stdout } = await runHere(['export-pictures', out], environment);
    expect(code).toBe(1);
    expect(stdout).toContain(`  1 picture written to ${out}, 0 already there\n`);
    expect(stdout).toMatch(
      new RegExp(`for the original of ${id} \\(moon-surface.jpg\\), received 11 bytes with SHA-256`),
    );
    expect((await filesOf(out)).filter((path) => path.endsWith('.jpg'))).toEqual([
      expect.stringMatching(/\/brick-wall\.jpg$/),
    ]);
  });
});

async function oneOf(
  prisma: { asset: { findFirstOrThrow(query: object): Promise<{ id: string }> } },
  originalName: string,
) {
  const { id } = await prisma.asset.findFirstOrThrow({ where: { originalName } });
  return { id };
}

/** Their paths from the folder on, in order. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}
