import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import { blobKey, ORIGINAL } from '#dist/assets/asset-files.js';
import { FilesystemBlobStore } from '#dist/blobstore/filesystem.js';
import { openDatabase } from '#dist/database/database.js';
import { AfterimageProcess, onlyLine, run } from './support/afterimage-process.js';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { runHere } from './support/run-here.js';
import { SAMPLES } from './support/samples.js';
import { readStoredLibrary } from './support/stored-library.js';
import { inStores } from './support/stores.js';
import { WITHOUT_ACCESS } from './support/without-access.js';
import { bytesOf, heic, numbered, numberedPng, SVG, truncated } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';

describe('import', () => {
  it('takes the good files, names the bad ones, and says by its code that there were some', async () => {
    const folder = await temporaryFolder();
    const pictures = join(folder, 'pictures');
    await mkdir(join(pictures, 'more'), { recursive: true });
    const sample = join(SAMPLES, 'cat-face.jpg');
    await copyFile(sample, join(pictures, 'cat.jpg'));
    await copyFile(sample, join(pictures, 'same.jpg'));
    await copyFile(join(SAMPLES, 'brick-wall.jpg'), join(pictures, 'more', 'Ümlaut wall.JPG'));
    await writeFile(join(pictures, 'notes.txt'), 'no picture');
    await writeFile(join(pictures, 'empty.png'), '');
    await writeFile(join(pictures, 'text.jpg'), 'no picture');
    // Its header is whole: only who decodes all of it finds out.
    const half = await readFile(join(SAMPLES, 'moon-surface.jpg'));
    await writeFile(join(pictures, 'half.jpg'), half.subarray(0, half.length / 2));

    const HOME = await temporaryFolder();
    // As in a container, where a server would need a key.
    const environment = { DATA_DIR: await emptyDataDir(), LOG_LEVEL: 'silent', HOST: '0.0.0.0', HOME };
    const first = await run(['import', pictures], environment);
    expect(first).toMatchObject({ code: 1, stderr: '' });
    const lines = first.stdout.trim().split('\n');
    expect(lines[0]).toBe('2 imported, 1 already there, 3 refused');
    expect(lines.at(-1)).toBe('  left out as no pictures: 1 .txt');
    expect(lines.slice(1, -1).map((line) => /^ {2}(.+\.\w+): .+ \[(\w+)\]$/.exec(line)?.slice(1))).toEqual([
      ['empty.png', 'UPLOAD_EMPTY'],
      ['half.jpg', 'UPLOAD_DAMAGED'],
      ['text.jpg', 'UPLOAD_UNSUPPORTED_TYPE'],
    ]);

    const library = await readStoredLibrary(environment);
    expect(library.assets.map(({ originalName, state }) => [originalName, state])).toEqual([
      [expect.stringMatching(/^(cat|same)\.jpg$/), 'READY'],
      ['half.jpg', 'FAILED'],
      ['Ümlaut wall.JPG', 'READY'],
    ]);
    expect(library.vectorIds).toHaveLength(2);
    expect(library).toMatchObject({ incomingFiles: [], openUploads: 0 });
    // Where ONNX Runtime would keep what it has to tell its maker.
    expect(await readdir(HOME)).toEqual([]);
  });

  it('knows a picture by its content, whatever it is called, and names those that it does not take', async () => {
    const folder = await temporaryFolder();
    const taken = ['noext', 'b.JPE', 'c.jfif', 'wrong.heic', 'wrong.txt', '.hidden'];
    for (const [number, name] of taken.entries())
      await writeFile(join(folder, name), await bytesOf(numbered(number).jpeg()));
    await writeFile(join(folder, 'scan'), await bytesOf(numbered(10).tiff()));
    await writeFile(join(folder, 'camera.NEF'), await bytesOf(numbered(11).tiff()));
    await writeFile(join(folder, 'phone.heic'), await heic());
    await writeFile(join(folder, 'phone'), await heic());
    await writeFile(join(folder, 'drawing.svg'), SVG);
    for (const [number, name] of ['.dtrash', '@eaDir', '$RECYCLE.BIN'].entries()) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'gone.png'), (await numberedPng(20 + number)).bytes);
    }
    for (const name of ['layers.psd', '.DS_Store', '._b.jpg', 'alone.xmp', 'other.xmp', 'README'])
      await writeFile(join(folder, name), 'x');

    const { code, stdout } = await runHere(['import', folder], { DATA_DIR: await emptyDataDir() });
    const refused = (received: string) =>
      `expected JPEG, PNG, WebP, GIF, TIFF or AVIF for file, received ${received} [UPLOAD_UNSUPPORTED_TYPE]`;
    const HEIC = refused('HEIC with HEVC compression, which needs a licensed decoder');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual([
      '7 imported, 0 already there, 5 refused',
      `camera.NEF: ${refused('a .NEF file')}`,
      `drawing.svg: ${refused('a .svg file')}`,
      `layers.psd: ${refused('a .psd file')}`,
      `phone: ${HEIC}`,
      `phone.heic: ${HEIC}`,
      'left out as no pictures: 2 .xmp, 1 .DS_Store, 1 ._*, 1 without an ending',
      'left out folders of the system: $RECYCLE.BIN, .dtrash, @eaDir',
    ]);
    expect(code).toBe(1);
  });

  it('takes what lies beside a picture as XMP, and the picture also where that is none', async () => {
    const folder = await temporaryFolder();
    const IFD0 = { ImageDescription: 'Of the file', Artist: 'Of the file', Copyright: 'Of the file' };
    const exif = { IFD2: { DateTimeOriginal: '2020:01:02 03:04:05' }, IFD0 };
    await writeFile(join(folder, 'a.jpg'), await bytesOf(numbered(1).withExif(exif).jpeg()));
    for (const [number, name] of ['b.png', 'c.png', 'd.png'].entries())
      await writeFile(join(folder, name), (await numberedPng(number)).bytes);
    const xmp = (attributes: string) =>
      `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description ${attributes}><dc:subject><rdf:Bag><rdf:li>harbour</rdf:li></rdf:Bag></dc:subject>
        </rdf:Description></rdf:RDF></x:xmpmeta>`;
    const place = 'exif:GPSLatitude="47,30.6S" exif:GPSLongitude="8,15,36E" exif:GPSAltitude="4085/10"';
    const day = 'exif:DateTimeOriginal="2021-06-05T14:30:00Z"';
    await writeFile(
      join(folder, 'a.jpg.xmp'),
      xmp(`dc:title="Beside" dc:creator="Beside" photoshop:Credit="Beside" xmp:Rating="4" ${place} ${day}`),
    );
    await writeFile(join(folder, 'a.xmp'), xmp('dc:title="Of another"'));
    await writeFile(join(folder, 'b.XMP'), xmp(`xmp:Rating="-1" ${day}`));
    await writeFile(join(folder, 'c.xmp'), 'x');
    await writeFile(join(folder, 'd.xmp'), xmp('dc:title="Half"').slice(0, -40));
    await writeFile(join(folder, 'notes.txt'), 'x');
    await writeFile(join(folder, 'notes.xmp'), xmp('dc:title="Of no picture"'));

    const environment = { DATA_DIR: await emptyDataDir() };
    const { code, stdout } = await run(['import', folder, '--tag', 'new', '--tag', 'moved in'], environment);
    expect(stdout.trimEnd().split('\n')).toEqual([
      '  4 imported, 0 already there, 2 refused',
      '  c.xmp: expected XMP for a sidecar, received what is none [INVALID_ARGUMENT]',
      '  d.xmp: expected whole XMP for a sidecar, received a part [INVALID_ARGUMENT]',
      '  left out as no pictures: 2 .xmp, 1 .txt',
    ]);
    expect(code).toBe(1);
    const database = await openDatabase({ embeddedDir: join(environment.DATA_DIR, 'database') });
    onTestFinished(() => database.close());
    const [a, b, c] = await database.prisma.asset.findMany({ orderBy: { originalName: 'asc' } });
    expect(a).toMatchObject({
      title: 'Beside',
      description: 'Of the file',
      creator: 'Beside',
      credit: 'Beside',
      copyright: 'Of the file',
      tags: ['new', 'moved in', 'harbour'],
      rating: 4,
      capturedAt: new Date('2020-01-02T03:04:05Z'),
      latitude: -47.51,
      longitude: 8.26,
      altitudeMetres: 408.5,
    });
    expect(b).toMatchObject({
      tags: ['new', 'moved in', 'harbour'],
      rating: null,
      capturedAt: new Date('2021-06-05T14:30:00Z'),
    });
    expect(c).toMatchObject({ state: 'READY', tags: ['new', 'moved in'], latitude: null });
  });

  it.skipIf(process.platform === 'win32')('follows links, into each folder once', async () => {
    const [folder, outside] = [await temporaryFolder(), await temporaryFolder()];
    await mkdir(join(folder, 'own'));
    const picture = async (number: number, ...path: string[]) =>
      writeFile(join(...path), (await numberedPng(number)).bytes);
    await picture(0, folder, 'own', 'a.png');
    await picture(1, outside, 'b.png');
    await mkdir(join(outside, 'more'));
    await picture(2, outside, 'more', 'c.png');
    await picture(3, outside, 'd.png');
    await symlink(join(outside, 'b.png'), join(folder, 'link.png'));
    await symlink(join(outside, 'more'), join(folder, 'linked'));
    await symlink(folder, join(outside, 'more', 'back'));
    await symlink('own', join(folder, 'again'));
    await symlink('..', join(folder, 'up'));
    await symlink('nowhere', join(folder, 'broken.png'));
    // Its own files would be imported as often as this is run.
    const DATA_DIR = join(folder, 'data');
    cpSync(await emptyDataDir(), DATA_DIR, { recursive: true });

    const { stdout } = await runHere(['import', folder], { DATA_DIR });
    const { assets } = await readStoredLibrary({ DATA_DIR });
    expect(assets.map(({ originalName }) => originalName)).toEqual(['a.png', 'c.png', 'link.png']);
    expect(stdout).toBe(`  3 imported, 0 already there, 2 refused
  broken.png: expected a file that can be read, received ENOENT [INVALID_ARGUMENT]
  up: expected a folder beside this one, received a link to one around it [INVALID_ARGUMENT]
`);
    const own = await runHere(['import', join(DATA_DIR, 'files')], { DATA_DIR });
    expect(own.code).toBe(1);
    expect(own.stderr).toContain('expected a folder outside the data directory');
  });

  it('tells files of one name apart', async () => {
    const folder = await temporaryFolder();
    const whole = await readFile(join(SAMPLES, 'moon-surface.jpg'));
    for (const [index, year] of ['2019', '2020'].entries()) {
      await mkdir(join(folder, year));
      await writeFile(join(folder, year, 'IMG_0001.jpg'), truncated(whole, 0.5 - index / 10));
    }
    const { stdout, stderr } = await runHere(['import', folder], { DATA_DIR: await emptyDataDir() });
    const DAMAGED = 'expected a whole picture for file, received a damaged one [UPLOAD_DAMAGED]';
    expect(stdout).toBe(`  0 imported, 0 already there, 2 refused
  2019/IMG_0001.jpg: ${DAMAGED}
  2020/IMG_0001.jpg: ${DAMAGED}
`);
    const logged = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(logged).toMatchObject(['2019', '2020'].map(() => ({ code: 'UPLOAD_DAMAGED', msg: 'PROCESS_ASSET failed' })));
    expect(stderr).not.toContain('stack');
  });

  it.runIf(process.platform === 'linux')(
    'takes a file whose name is not UTF-8, or has control characters',
    async () => {
      const folder = await temporaryFolder();
      const { bytes } = await numberedPng(0);
      await writeFile(
        Buffer.concat([Buffer.from(`${folder}/lat\t`), Buffer.from([0xe9]), Buffer.from('in.png')]),
        bytes,
      );
      const environment = { DATA_DIR: await emptyDataDir() };
      expect(await runHere(['import', folder], environment)).toMatchObject({
        code: 0,
        stdout: '  1 imported, 0 already there\n',
      });
      expect((await readStoredLibrary(environment)).assets).toMatchObject([{ originalName: 'lat\uFFFD\u00e9in.png' }]);
    },
  );

  it.skipIf(process.platform === 'win32')('takes a backslash for a part of a name', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'fol\\der'));
    await writeFile(join(folder, 'fol\\der', 'back\\slash.png'), (await numberedPng(0)).bytes);
    const environment = { DATA_DIR: await emptyDataDir() };
    expect(await runHere(['import', folder], environment)).toMatchObject({ code: 0 });
    expect((await readStoredLibrary(environment)).assets).toMatchObject([{ originalName: 'back\\slash.png' }]);
  });

  it.skipIf(WITHOUT_ACCESS === null)('names what cannot be read, and takes the rest', async () => {
    const folder = await temporaryFolder();
    for (const [number, name] of ['free', 'locked'].entries()) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'a.png'), (await numberedPng(number)).bytes);
    }
    await writeFile(join(folder, 'b.png'), (await numberedPng(2)).bytes);
    await chmod(join(folder, 'b.png'), 0);
    await chmod(join(folder, 'locked'), 0);
    onTestFinished(() => chmod(join(folder, 'locked'), 0o700));
    const { code, stdout } = await run(['import', folder], { DATA_DIR: await emptyDataDir() }, WITHOUT_ACCESS!);
    expect(stdout).toBe(`  1 imported, 0 already there, 2 refused
  locked: expected a folder that can be read, received EACCES [INVALID_ARGUMENT]
  b.png: expected a file that can be read, received EACCES [INVALID_ARGUMENT]
`);
    expect(code).toBe(1);
  });

  it('names what is already there, but not to be seen', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'half.jpg'), truncated(await readFile(join(SAMPLES, 'moon-surface.jpg'))));
    for (const [number, name] of ['seen.png', 'thrown-away.png'].entries())
      await writeFile(join(folder, name), (await numberedPng(number)).bytes);
    const environment = { DATA_DIR: await emptyDataDir(), LOG_LEVEL: 'silent' };
    await runHere(['import', folder], environment);
    await inStores(environment, ({ database: { prisma } }) =>
      prisma.asset.updateMany({ where: { originalName: 'thrown-away.png' }, data: { trashedAt: new Date() } }),
    );

    const { code, stdout } = await runHere(['import', folder], environment);
    expect(stdout).toBe(`  0 imported, 3 already there (1 FAILED, 1 in the trash)
  half.jpg: already there, FAILED: expected a whole picture for file, received a damaged one [UPLOAD_DAMAGED]
  thrown-away.png: already there, in the trash
`);
    expect(code).toBe(1);
  });

  it('stores nothing of a picture that is there already, with its original', async () => {
    const folder = await temporaryFolder();
    const pictures = await Promise.all([0, 1, 2, 3].map((number) => numberedPng(number)));
    const write = (name: number, number: number) => writeFile(join(folder, `${name}.png`), pictures[number]!.bytes);
    for (const number of [0, 1, 2]) await write(number, number);
    const environment = { DATA_DIR: await emptyDataDir() };
    const originals = () =>
      inStores(environment, async ({ database: { prisma }, blobs }) => {
        const assets = await prisma.asset.findMany();
        const read = async ({ libraryId, id }: (typeof assets)[number]) =>
          (await buffer(await blobs.read(blobKey(libraryId, id, ORIGINAL)))).toString('hex');
        return Promise.all(assets.map(read));
      });
    const told = async (...args: string[]) => (await runHere(['import', folder, ...args], environment)).stdout;
    expect(await told()).toBe('  3 imported, 0 already there\n');

    const stored = vi.spyOn(FilesystemBlobStore.prototype, 'write');
    onTestFinished(() => stored.mockRestore());
    expect(await told()).toBe('  0 imported, 3 already there\n');
    expect(stored.mock.calls.map(([key]) => key)).toEqual([]);

    // Of the name and the size of another, and one whose original has been lost to a disk that rots.
    expect(pictures[3]!.bytes).toHaveLength(pictures[0]!.bytes.length);
    await write(0, 3);
    await inStores(environment, async ({ database: { prisma }, blobs }) => {
      const { libraryId, id, byteSize } = await prisma.asset.findFirstOrThrow({ where: { originalName: '1.png' } });
      await blobs.write(blobKey(libraryId, id, ORIGINAL), Readable.from([Buffer.alloc(Number(byteSize))]));
    });
    expect(await told()).toBe('  1 imported, 2 already there\n');
    const all = pictures.map(({ bytes }) => bytes.toString('hex')).sort();
    expect((await originals()).sort()).toEqual(all);

    // What another library has counts for nothing.
    await runHere(['keys', 'create', 'theirs', '--library', 'theirs'], environment);
    expect(await told('--library', 'theirs')).toBe('  3 imported, 0 already there\n');
    expect(await originals()).toHaveLength(7);
  });

  it('says how far it has come when it is told to stop', async () => {
    const DATA_DIR = await emptyDataDir();
    const importing = new AfterimageProcess(['import', SAMPLES], { DATA_DIR });
    await importing.until(async () => (await readdir(join(DATA_DIR, 'files', 'blobs')).catch(() => [])).length > 0);
    const { code, stdout, stderr } = await importing.kill('SIGINT');
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(
      /^ {2}stopped after \d+ of \d+ files: \d+ imported, 0 already there; the same command goes on with the rest\n$/,
    );
  });

  it('goes into the library that is named, which must be there', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.png'), (await numberedPng(0)).bytes);
    const environment = { DATA_DIR: await emptyDataDir() };
    await runHere(['keys', 'create', 'a second', '--library', 'second'], environment);
    expect(onlyLine(await runHere(['import', folder, '--library', 'secnd'], environment))).toBe(
      'afterimage: expected one of "default", "second" (a new one is made with its first key) for library, ' +
        'received "secnd" [INVALID_ARGUMENT]',
    );
    expect(await runHere(['import', folder, '--library', 'second'], environment)).toMatchObject({ code: 0 });
    const found = await inStores(environment, ({ database: { prisma } }) =>
      prisma.asset.findMany({ include: { library: { select: { name: true } } } }),
    );
    expect(found).toMatchObject([{ originalName: 'a.png', library: { name: 'second' } }]);
  });

  it('puts the pictures of each folder into a collection, where that is asked for, once', async () => {
    const root = join(await temporaryFolder(), 'Photos');
    const long = Array.from({ length: 5 }, (_, number) => `${number}${'x'.repeat(60)}`).join('/');
    const named = { 'b.png': 1, 'a.png': 0, '2019/Italy/c.png': 2, '2019/Italy/again.png': 0, 'smart/e.png': 4 };
    const numbers = new Map<string, number>();
    for (const [name, number] of Object.entries({ ...named, [`${long}/d.png`]: 3 })) {
      const { bytes } = await numberedPng(number);
      numbers.set(createHash('sha256').update(bytes).digest('hex'), number);
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), bytes);
    }
    await mkdir(join(root, 'texts'));
    await writeFile(join(root, 'texts', 'notes.txt'), 'no picture');
    const environment = { DATA_DIR: await emptyDataDir() };
    const membersOf = () =>
      inStores(environment, async ({ database: { prisma } }) => {
        const found = await prisma.collection.findMany({
          include: { assets: { include: { asset: true }, orderBy: { position: 'asc' } } },
          orderBy: { nameKey: 'asc' },
        });
        return found.map(({ name, assets }) => [name, assets.map(({ asset }) => numbers.get(asset.sha256))]);
      });

    const first = await runHere(['import', root, '--collections'], environment);
    expect(first.stdout).toBe(`  5 imported, 1 already there
  in 4 collections
  left out as no pictures: 1 .txt
`);
    const members = await membersOf();
    expect(members).toEqual([
      ['Photos', [0, 1]],
      ['Photos/2019/Italy', [0, 2]],
      ['Photos/smart', [4]],
      [expect.stringMatching(/^…x+\/2x{60}\/3x{60}\/4x{60}$/), [3]],
    ]);
    expect(members.at(-1)![0]).toHaveLength(200);

    await inStores(environment, ({ database: { prisma } }) =>
      prisma.collection.updateMany({ where: { name: 'Photos/smart' }, data: { query: { filter: {} } } }),
    );
    const second = await runHere(['import', root, '--collections'], environment);
    expect(second).toMatchObject({ code: 1, stdout: expect.stringContaining('\n  in 3 collections\n') as string });
    expect(second.stdout).toMatch(/^ {2}collection Photos\/smart: expected .* \[COLLECTION_IS_SMART\]$/m);
    expect(await membersOf()).toEqual(members);
  });

  it('does not wait for pictures that are not its own', async () => {
    const folder = await temporaryFolder();
    await copyFile(join(SAMPLES, 'cat-face.jpg'), join(folder, 'cat.jpg'));
    const DATA_DIR = await emptyDataDir();
    const database = await openDatabase({ embeddedDir: join(DATA_DIR, 'database') });
    const libraryId = await new Libraries(database.prisma).ensureDefault();
    // Without a job, so that it stays so.
    await insertAsset(database.prisma, libraryId, { state: 'PENDING' });
    await database.close();
    const { code, stdout } = await runHere(['import', folder], { DATA_DIR, LOG_LEVEL: 'silent' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '  1 imported, 0 already there\n' });
  });

  it('of an empty folder imports nothing, and a flag goes before a variable', async () => {
    const folder = await temporaryFolder();
    const flag = await emptyDataDir();
    const variable = join(folder, 'variable');
    const { code, stdout } = await runHere(['import', folder, '--data-dir', flag], { DATA_DIR: variable });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '  0 imported, 0 already there\n' });
    expect((await stat(join(flag, 'instance-id'))).isFile()).toBe(true);
    await expect(stat(variable)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
