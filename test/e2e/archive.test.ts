import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { AfterimageProcess, onlyLine, run, type Environment } from './support/afterimage-process.js';
import { temporaryFolder } from './support/data-dir.js';
import { askGraphQL } from './support/graphql-client.js';
import { embedded, production } from './support/installations.js';
import { runHere } from './support/run-here.js';
import { inStores } from './support/stores.js';
import { SAMPLE_NAMES } from './support/samples.js';
import { WITHOUT_ACCESS } from './support/without-access.js';
import { ArchiveReader } from '#dist/archive/archive-reader.js';
import { ArchiveWriter } from '#dist/archive/archive-writer.js';
import { exportArchive } from '#dist/archive/export.js';
import { beginAsset } from '#dist/archive/hold-asset.js';
import { importArchive } from '#dist/archive/import.js';
import { archivePartsOf, exportLibraries } from '#dist/cli/archive.js';
import { blobKey, blobKeys, ORIGINAL, RENDITION_FILES } from '#dist/assets/asset-files.js';
import type { BlobStore } from '#dist/blobstore/blobstore.js';
import { partsToExamine } from '#dist/cli/doctor.js';
import type { OpenStores } from '#dist/cli/with-stores.js';
import { parseConfig } from '#dist/config.js';
import type { Asset } from '#dist/database/generated/client.js';
import { AfterimageError } from '#dist/errors.js';
import { examine } from '#dist/maintenance/doctor.js';
import { rewrite } from '../support/archives.js';
import { cosine } from '../support/encoder.js';
import { sample, truncated } from '../support/pictures.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const NAMES = [...SAMPLE_NAMES.slice(0, 6), 'boats-at-sunset.jpg', 'half.jpg'].sort();
const COUNT = NAMES.length;
// A separator that ends a line for some, and not in JSON.
const DESCRIPTION = 'Two\u2028lines, and "quotes"';
const RIGHTS = { creator: 'Jane Doe, John Roe', credit: 'A paper', copyright: '© Jane Doe' };
const TAKEN = { capturedAt: '1931-07-14T09:30:00.000Z', position: { latitude: -13.5, longitude: -172.25 } };
const SEARCH = `{ searchByText(query: "boats at sunset", first: 5, filter: { tagsAny: ["kept"] }) {
  edges { score node { id originalName description } } } }`;

type Known = Pick<Asset, 'id' | 'sha256' | 'originalName'>;

interface Edge {
  readonly score: number;
  readonly node: { readonly id: string; readonly originalName: string; readonly description: string | null };
}

describe('an exported library', () => {
  let server: TestServer;
  let environment: Environment;
  let archive: string;
  let found: Edge[];
  let contents: Awaited<ReturnType<typeof contentsOf>>;

  beforeAll(async () => {
    server = await startServer({ keys: { admin: { role: 'ADMIN' } } });
    environment = { DATA_DIR: server.folder, PORT: '0' };
    archive = join(server.folder, 'archive');
    found = await fillLibrary(server);
    await server.app.close();
    await addHeads(environment);
    await exportLibraries(parseConfig(environment), archive, { withKeys: true });
    contents = await contentsOf(environment);
    expect(contents.wrong).toEqual([]);
    expect(contents.collections.map(({ assets }) => assets.length)).toEqual([4, 0]);
    expect(contents.assets).toContainEqual(expect.objectContaining(RIGHTS));
    const { capturedAt, position } = TAKEN;
    const taken = contents.assets.filter(({ settledFields }) => settledFields.includes('altitudeMetres'));
    expect(taken).toMatchObject(Array(2).fill({ capturedAt: new Date(capturedAt), ...position, altitudeMetres: null }));
    expect(contents.labelSets.map(({ name }) => name)).toEqual(['Moods', 'Places']);
    expect(contents.labelHeads.map(({ state }) => state).sort()).toEqual(['ACTIVE', 'CANDIDATE', 'RETIRED']);
    expect(contents.labelBatches.some(({ undoneAt }) => undoneAt !== null)).toBe(true);
    expect(contents.distinctPairs).toHaveLength(1);
    expect(contents.assets.flatMap(({ labels }) => labels.filter(({ label }) => label === 'Sea'))).toHaveLength(6);
  }, 120_000);
  afterAll(() => server.close());

  describe.skipIf(inject('server') === null)('imported into Postgres, Qdrant and S3', () => {
    const installation = production();

    it('is the same library, once, however often it is imported', async () => {
      const target = await installation.settings();
      expect(await run(['import-archive', archive, '--with-keys'], target)).toMatchObject({
        code: 0,
        stdout: `  ${COUNT} assets imported, 0 already there, 0 refused\n  1 key imported\n`,
        stderr: '',
      });
      expect(await runHere(['import-archive', archive], target)).toMatchObject({
        code: 0,
        stdout: `  0 assets imported, ${COUNT} already there, 0 refused\n`,
      });
      const { vectors, ...rest } = await contentsOf(target);
      const { vectors: exported, ...expected } = contents;
      expect(rest).toEqual(expected);
      expect(vectors.size).toBe(COUNT - 1);
      for (const [id, vector] of exported) expect(cosine(vectors.get(id)!, vector)).toBeGreaterThan(0.999999);

      const process = new AfterimageProcess(['serve'], target);
      const secret = server.headers('admin')['authorization']!.split(' ')[1]!;
      const { data } = await askGraphQL(await process.url(), SEARCH, { secret });
      expect(await process.kill('SIGTERM')).toMatchObject({ code: 0 });
      expect(data).toEqual({
        searchByText: { edges: found.map((edge) => ({ ...edge, score: expect.closeTo(edge.score, 4) as number })) },
      });

      // And back again.
      const second = join(await temporaryFolder(), 'second');
      expect(await run(['export', second], target)).toMatchObject({
        code: 0,
        stdout: `  ${COUNT} assets exported to ${second}\n`,
      });
      expect(await assetLines(second)).toBe(await assetLines(archive));
      expect(existsSync(join(second, 'keys.jsonl'))).toBe(false);
    });
  });

  it('goes on where an import was killed, and leaves what is there under another id', async () => {
    const target = await embedded.settings();
    const twin = contents.assets.find(({ state }) => state === 'FAILED')!;
    const ownId = await inStores(target, async ({ database: { prisma }, blobs }) => {
      const library = await prisma.library.create({
        data: { id: twin.id, name: 'default', fileSecret: Buffer.alloc(32) },
      });
      const id = await insertAsset(prisma, library.id, { sha256: twin.sha256 });
      await blobs.write(blobKey(library.id, id, ORIGINAL), Readable.from([Buffer.from('x')]));
      return id;
    });

    const killed = new AfterimageProcess(['import-archive', archive], target);
    const blobs = join(target['DATA_DIR']!, 'files', 'blobs');
    await killed.until(async () => {
      const names = await readdir(blobs, { recursive: true }).catch(() => []);
      return names.filter((name) => name.endsWith('preview.jpg')).length > 0;
    }, 'a first preview');
    expect((await killed.kill('SIGKILL')).stdout).not.toContain('imported');

    const { code, stdout } = await runHere(['import-archive', archive], target);
    expect(stdout).toContain(`  ${twin.id} (half.jpg) is there already, as ${ownId}\n`);
    const [, imported, present] = /(\d+) assets imported, (\d+) already there, 0 refused/.exec(stdout)!;
    expect([code, Number(imported) + Number(present)]).toEqual([0, COUNT]);
    const { assets, collections, savedSearches, wrong, ...found } = await contentsOf(target);
    for (const part of ['labelSets', 'labels', 'labelBatches', 'labelHeads', 'distinctPairs'] as const)
      expect(found[part]).toEqual(contents[part]);
    expect(assets.filter(({ id }) => id !== ownId)).toEqual(contents.assets.filter(({ id }) => id !== twin.id));
    expect(collections).toEqual(
      contents.collections.map((collection) => ({
        ...collection,
        assets: collection.assets.map((member) =>
          member.assetId === twin.id ? { ...member, assetId: ownId } : member,
        ),
      })),
    );
    expect(savedSearches).toEqual(contents.savedSearches);
    expect(wrong).toEqual([]);
  });

  it('is refused where it is damaged, file by file, and each is named', async () => {
    const target = await embedded.settings();
    const damaged = await copyOf(archive);
    const ready = contents.assets.filter(({ state }) => state === 'READY').map(({ id }) => id);
    const pathOf = (position: number, name: string) =>
      join(damaged, 'files', ready[position]!.slice(0, 2), ready[position]!, name);
    const [original, missing, thumbnail] = [pathOf(1, 'original'), pathOf(2, 'original'), pathOf(3, 'thumbnail.webp')];
    const bytes = await readFile(original);
    bytes[100]! ^= 1;
    await writeFile(original, bytes);
    await rm(missing);
    await appendFile(thumbnail, 'x');

    const first = await runHere(['import-archive', damaged], target);
    expect(first).toMatchObject({ code: 1, stderr: '' });
    const lines = first.stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe(
      `  ${COUNT - 2} assets imported (1 of them yet to be processed), 0 already there, 2 refused`,
    );
    for (const path of [original, missing, thumbnail])
      expect(lines.filter((line) => line.includes(`${path}, received`))).toHaveLength(1);
    const { assets, wrong } = await contentsOf(target);
    expect(wrong).toEqual([]);
    expect(assets.filter(({ state }) => state === 'PENDING').map(({ id }) => id)).toEqual([ready[3]]);

    expect(await runHere(['import-archive', archive], target)).toMatchObject({
      code: 0,
      stdout: `  2 assets imported, ${COUNT - 2} already there, 0 refused\n`,
    });
  });

  it.skipIf(WITHOUT_ACCESS === null)('comes in but for the files that cannot be read, which are named', async () => {
    const target = await embedded.settings();
    const locked = await copyOf(archive);
    const ready = contents.assets.filter(({ state }) => state === 'READY').map(({ id }) => id);
    const pathOf = (position: number) => join(locked, 'files', ready[position]!.slice(0, 2), ready[position]!);
    const [forbidden, folder, closed] = [join(pathOf(1), 'original'), join(pathOf(2), 'original'), pathOf(3)];
    await chmod(forbidden, 0);
    await rm(folder);
    await mkdir(folder);
    await chmod(closed, 0);
    onTestFinished(() => chmod(closed, 0o700));

    const { code, stdout, stderr } = await run(['import-archive', locked], target, WITHOUT_ACCESS!);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout.trimEnd().split('\n').sort()).toEqual(
      [
        `  expected a file that can be read at ${forbidden}, received EACCES`,
        `  expected a file that can be read at ${folder}, received EISDIR`,
        `  expected a file that can be read at ${join(closed, 'original')}, received EACCES`,
        `  ${COUNT - 3} assets imported, 0 already there, 3 refused`,
      ].sort(),
    );
    await chmod(join(locked, 'assets.jsonl'), 0);
    expect(onlyLine(await run(['import-archive', locked], target, WITHOUT_ACCESS!))).toBe(
      `afterimage: expected a file that can be read at ${join(locked, 'assets.jsonl')}, received EACCES [ARCHIVE_DAMAGED]`,
    );
    expect(await runHere(['import-archive', archive], target)).toMatchObject({
      code: 0,
      stdout: `  3 assets imported, ${COUNT - 3} already there, 0 refused\n`,
    });
  });

  it.skipIf(WITHOUT_ACCESS === null)('has all but what the blob store does not give, which is named', async () => {
    const source = await embedded.settings();
    const blobs = join(source['DATA_DIR']!, 'files', 'blobs');
    const folder = join(await temporaryFolder(), 'second');
    const ready = contents.assets.filter(({ state }) => state === 'READY');
    const [forbidden, linked, blocked, rotting] = ready as readonly Known[] as [Known, Known, Known, Known];
    const { paths, rotten } = await inStores(source, async (stores) => {
      await importInto(stores, archive);
      const { libraryId } = await stores.database.prisma.asset.findUniqueOrThrow({ where: { id: forbidden.id } });
      const pathOf = ({ id }: Known) => join(blobs, blobKey(libraryId, id, ORIGINAL));
      return { paths: [forbidden, linked, blocked].map(pathOf) as [string, string, string], rotten: pathOf(rotting) };
    });
    await chmod(paths[0], 0);
    await rename(dirname(paths[1]), `${dirname(paths[1])}.moved`);
    await symlink(`${dirname(paths[1])}.moved`, dirname(paths[1]));
    await rm(paths[2]);
    await mkdir(join(paths[2], 'full'), { recursive: true });
    await writeFile(rotten, 'rotten');

    const exported = await run(['export', folder], source, WITHOUT_ACCESS!);
    const problem = ({ id, sha256, originalName }: Known, received: string) =>
      `  expected SHA-256 ${sha256} for the original of ${id} (${originalName}), received ${received}`;
    expect([exported.code, exported.stderr]).toEqual([1, '']);
    const lines = exported.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines).toEqual(
      expect.arrayContaining([
        problem(forbidden, 'EACCES'),
        problem(linked, 'ELOOP'),
        problem(blocked, 'none'),
        `  ${COUNT} assets exported to ${folder}`,
      ]),
    );
    expect(existsSync(join(folder, 'manifest.json'))).toBe(true);

    // What cannot be given back is named, and the others are.
    const imported = await run(['import-archive', archive], source, WITHOUT_ACCESS!);
    expect([imported.code, imported.stderr]).toEqual([1, '']);
    const key = (path: string) => JSON.stringify(relative(blobs, path));
    expect(imported.stdout).toContain(`expected the blob store to write ${key(paths[2])}, received EISDIR`);
    expect(imported.stdout).toContain(`expected the blob store to reach ${key(paths[1])}, received ELOOP`);
    expect(imported.stdout).toContain(`  0 assets imported, ${COUNT} already there (2 of them restored), 0 refused\n`);
    for (const path of [paths[0], rotten]) expect((await stat(path)).size).toBeGreaterThan(100);
  });

  it('comes in with a rendition that the blob store does not take, which is made again', async () => {
    const target = await embedded.settings();
    await inStores(target, async (stores) => {
      const { id } = contents.assets.find(({ state }) => state === 'READY')!;
      const isBlocked = (key: string) => key.endsWith(`/${id}/${RENDITION_FILES.PREVIEW.fileName}`);
      const blobs = overriding(stores.blobs, {
        write: async (key, source) => {
          if (isBlocked(key))
            await mkdir(join(target['DATA_DIR']!, 'files', 'blobs', key, 'full'), { recursive: true });
          await stores.blobs.write(key, source);
        },
      });
      const { counts, problems } = await importInto({ ...stores, blobs }, archive);
      expect(problems).toEqual([expect.stringMatching(/preview\.jpg", received EISDIR$/)]);
      expect(counts).toMatchObject({ refused: 0 });
      const asset = await stores.database.prisma.asset.findUniqueOrThrow({ where: { id } });
      expect(asset).toMatchObject({ state: 'PENDING', renditions: { THUMBNAIL: {} } });
    });
  });

  it('is left off where all of a store is away', async () => {
    await inStores(await embedded.settings(), async (stores) => {
      await importInto(stores, archive);
      const away = () => Promise.reject(new AfterimageError('BLOB_STORE_FAILED', 'no store'));
      const failure = Object.assign(new Error('locked'), { code: 'EACCES', syscall: 'open' });
      const read = () => Promise.reject(new AfterimageError('BLOB_STORE_FAILED', 'no blob', { cause: failure }));
      const parts = archivePartsOf({ ...stores, blobs: overriding(stores.blobs, { read, ping: away }) });
      const folder = join(await temporaryFolder(), 'second');
      const options = { isWithKeys: false, onProblem: () => undefined };
      await expect(exportArchive(parts, folder, options)).rejects.toThrow('no store');
    });
    const passing = await copyOf(archive);
    await inStores(await embedded.settings(), async (stores) => {
      const blobs = overriding(stores.blobs, {
        write: async (key, source) => {
          await rm(passing, { recursive: true, force: true });
          await stores.blobs.write(key, source);
        },
      });
      await expect(importInto({ ...stores, blobs }, passing)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });
  });

  it('is refused as a whole where it is half, of another version, or its rows are damaged', async () => {
    const half = await copyOf(archive);
    const manifest = join(half, 'manifest.json');
    const text = await readFile(manifest, 'utf8');
    await rm(manifest);
    expect(onlyLine(await runHere(['import-archive', half], await embedded.settings()))).toBe(
      `afterimage: expected the manifest of a finished archive at ${manifest}, received none [ARCHIVE_INVALID]`,
    );
    const refusal = (code: string, message: RegExp) =>
      expect(ArchiveReader.open(half)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as string,
      });
    await writeFile(manifest, text.replace('"version": 1', '"version": 2'));
    await refusal('ARCHIVE_INVALID', /manifest\.json, received version: /);
    await writeFile(manifest, text);
    await appendFile(join(half, 'labels.jsonl'), '\n');
    await refusal('ARCHIVE_DAMAGED', /labels\.jsonl, received /);
    await cp(join(archive, 'labels.jsonl'), join(half, 'labels.jsonl'));
    await rm(join(half, 'embeddings.f32'));
    await refusal('ARCHIVE_DAMAGED', /embeddings\.f32, received none/);
  });

  it('is refused before anything is written where keys are asked for that it was exported without', async () => {
    const folder = join(await temporaryFolder(), 'keyless');
    expect(await runHere(['export', folder], environment)).toMatchObject({ code: 0 });
    const target = await embedded.settings();
    expect(onlyLine(await runHere(['import-archive', folder, '--with-keys'], target))).toBe(
      `afterimage: expected keys in the archive ${folder}, received one that was exported without them [ARCHIVE_INVALID]`,
    );
    const { assets, keys } = await contentsOf(target);
    expect([assets, keys]).toEqual([[], []]);
  });

  it('is finished by a second export where the first was killed, and written into no other folder', async () => {
    const target = join(await temporaryFolder(), 'target');
    const killed = new AfterimageProcess(['export', target], environment);
    await killed.until(() => existsSync(join(target, 'files')));
    await killed.kill('SIGKILL');
    expect(existsSync(join(target, 'manifest.json'))).toBe(false);
    expect(await runHere(['export', target], environment)).toMatchObject({ code: 0 });
    expect(await assetLines(target)).toBe(await assetLines(archive));
    const entries = await readdir(target, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    expect(files).toContain(join(target, 'manifest.json'));
    for (const file of files) expect(((await stat(file)).mode & 0o777).toString(8), file).toBe('600');
    for (const folder of [target, server.folder])
      await expect(ArchiveWriter.create(folder, { isWithKeys: false })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
  });

  it('says in one line that it cannot be written there', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    expect(onlyLine(await runHere(['export', file], environment))).toBe(
      `afterimage: expected a folder that can be written to at ${file}, received EEXIST (mkdir) [INVALID_ARGUMENT]`,
    );
  });

  it.skipIf(!existsSync('/dev/full'))('says in one line that there is no room left', async () => {
    const target = await temporaryFolder();
    await symlink('/dev/full', join(target, 'assets.jsonl'));
    expect(onlyLine(await runHere(['export', target], environment))).toBe(
      `afterimage: expected a folder that can be written to at ${target}, received ENOSPC (write) [INVALID_ARGUMENT]`,
    );
    expect(existsSync(join(target, 'manifest.json'))).toBe(false);
  });

  it('joins what is in collections of the same names, and needs none in the archive', async () => {
    const old = await asBefore(archive);
    const target = await embedded.settings();
    const [id, another] = [randomUUID(), randomUUID()];
    await inStores(target, async (stores) => {
      const { prisma } = stores.database;
      await importInto(stores, old);
      expect(await prisma.collection.count()).toBe(0);
      expect(await prisma.asset.count({ where: { creator: null, credit: null, copyright: null } })).toBe(COUNT);
      // By their names alone: those of sets are free labels, and labels of the same name are one.
      expect(
        await prisma.label.findMany({ select: { name: true, labelSetId: true }, orderBy: { name: 'asc' } }),
      ).toEqual(['Beach', 'Land', 'Nothing', 'Sea', 'sunset'].map((name) => ({ name, labelSetId: null })));
      expect(await prisma.assetLabel.count({ where: { label: { name: 'Sea' } } })).toBe(2);
      const { id: libraryId } = await prisma.library.findFirstOrThrow();
      const own = await insertAsset(prisma, libraryId, { id: another });
      const data = { id, libraryId, name: 'chosen', nameKey: 'chosen', assets: { create: [{ assetId: own }] } };
      await prisma.collection.create({ data });
      await importInto(stores, archive);
      await importInto(stores, archive);
    });
    const { collections, savedSearches } = await contentsOf(target);
    const [chosen, smart] = contents.collections;
    expect(collections).toMatchObject([smart!, { id, name: 'chosen', description: null }]);
    const members = collections[1]!.assets.map(({ assetId }) => assetId);
    expect(members).toEqual([another, ...chosen!.assets.map(({ assetId }) => assetId)]);
    expect(savedSearches).toEqual(contents.savedSearches);
  });

  it('joins what is in label sets of the same names, which keep what they learned', async () => {
    const target = await embedded.settings();
    const [setId, labelId] = [randomUUID(), randomUUID()];
    const known = { name: 'sea', nameKey: 'sea', threshold: 0.9 };
    const [head] = contents.labelHeads;
    await inStores(target, async (stores) => {
      const { prisma } = stores.database;
      const library = { id: randomUUID(), name: 'default', fileSecret: Buffer.alloc(32) };
      await prisma.library.create({ data: library });
      const libraryId = library.id;
      await prisma.labelSet.create({ data: { id: setId, libraryId, name: 'places', nameKey: 'places' } });
      await prisma.label.create({ data: { id: labelId, libraryId, labelSetId: setId, ...known } });
      await prisma.labelHead.create({
        data: { ...head!, metrics: head!.metrics!, id: randomUUID(), libraryId, labelSetId: setId },
      });
      await importInto(stores, archive);
      await importInto(stores, archive);
    });
    const { assets, labelSets, labels, labelHeads } = await contentsOf(target);
    expect(labelSets).toMatchObject([contents.labelSets[0]!, { id: setId, name: 'places', isExclusive: false }]);
    expect(labels).toHaveLength(contents.labels.length);
    expect(labels.find(({ id }) => id === labelId)).toMatchObject({ ...known, description: null });
    expect(labels.find(({ name }) => name === 'Beach')).toMatchObject({ labelSetId: setId, parentId: labelId });
    expect(labelHeads).toHaveLength(1);
    const formerId = contents.labels.find(({ name, colour }) => name === 'Sea' && colour !== null)!.id;
    const renamed = <T extends { labelId: string }>(row: T): T =>
      row.labelId === formerId ? { ...row, labelId } : row;
    expect(assets.map(({ labelEvents }) => labelEvents)).toEqual(
      contents.assets.map(({ labelEvents }) => labelEvents.map(renamed)),
    );
    const statesOf = (rows: typeof assets, id: string) =>
      rows.flatMap(({ labels: own }) => own.filter((each) => each.labelId === id).map(({ state }) => state));
    expect(statesOf(assets, labelId).sort()).toEqual(['ACCEPTED', 'REJECTED']);
    expect(statesOf(contents.assets, formerId).sort()).toEqual(['ACCEPTED', 'REJECTED']);
  });

  it('names a line about labels that is none', async () => {
    const wrong = await copyOf(archive);
    const path = join(wrong, 'label-heads.jsonl');
    await rewrite(wrong, 'label-heads.jsonl', (line) => ({ ...line, bias: [] }));
    await inStores(await embedded.settings(), async (stores) =>
      expect(importInto(stores, wrong)).rejects.toMatchObject({
        code: 'ARCHIVE_INVALID',
        message: expect.stringContaining(`${path}:1, received`) as string,
      }),
    );
    await appendFile(path, '\n');
    await expect(ArchiveReader.open(wrong)).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining(path) as string,
    });
  });

  it('is written by one export at a time', async () => {
    const folder = await temporaryFolder();
    const first = await ArchiveWriter.create(folder, { isWithKeys: false });
    await expect(ArchiveWriter.create(folder, { isWithKeys: false })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/no other export .* in use by process \d+$/) as string,
    });
    await first.close();
    await (await ArchiveWriter.create(folder, { isWithKeys: false })).close();
  });

  it('has no files of an interrupted export that belong to nobody now', async () => {
    const folder = join(await temporaryFolder(), 'target');
    const writer = await ArchiveWriter.create(folder, { isWithKeys: false });
    const gone = randomUUID();
    for (const id of [gone, contents.assets[0]!.id]) await writer.addFile(id, ORIGINAL, Readable.from(['x']));
    await writer.close();
    await exportLibraries(parseConfig(environment), folder, {});
    const folders = await readdir(join(folder, 'files'), { recursive: true });
    expect(
      folders
        .filter((path) => basename(path).length === gone.length)
        .map((path) => basename(path))
        .sort(),
    ).toEqual(contents.assets.map(({ id }) => id).sort());
    expect(await readdir(folder)).not.toContain('.lock');
  });

  it('keeps the renditions of assets that are not READY, and names an original that it does not have', async () => {
    const folder = join(await temporaryFolder(), 'second');
    const [lost, waiting] = contents.assets.filter(({ state }) => state === 'READY');
    await inStores(await embedded.settings(), async (stores) => {
      const { prisma } = stores.database;
      await importInto(stores, archive);
      const { libraryId } = await prisma.asset.findUniqueOrThrow({ where: { id: lost!.id } });
      await stores.blobs.delete([blobKey(libraryId, lost!.id, ORIGINAL)]);
      await prisma.asset.update({ where: { id: waiting!.id }, data: { state: 'PENDING' } });
      const problems: string[] = [];
      const options = { isWithKeys: false, onProblem: (problem: string) => problems.push(problem) };
      await exportArchive(archivePartsOf(stores), folder, options);
      expect(problems).toHaveLength(1);
    });
    const target = await embedded.settings();
    const { problems } = await inStores(target, (stores) => importInto(stores, folder));
    expect(problems).toEqual([
      `expected the original in the archive, received none: ${lost!.id} (${lost!.originalName})`,
    ]);
    const { assets, files, wrong } = await contentsOf(target);
    expect(wrong).toEqual([]);
    for (const { id, renditions } of [lost!, waiting!]) {
      expect(assets.find((asset) => asset.id === id)).toMatchObject({ renditions });
      const names = [...files.keys()].flatMap((key) => (key.includes(id) ? basename(key) : [])).sort();
      expect(names.filter((name) => name !== ORIGINAL)).toEqual(['preview.jpg', 'thumbnail.webp']);
    }
  });

  it('gives assets that are there the files back that they have lost', async () => {
    const target = await embedded.settings();
    const [gone, faceless, failed, rotten] = contents.assets.filter(({ state }) => state === 'READY');
    await inStores(target, async (stores) => {
      const { blobs, database } = stores;
      const rot = async (key: string) => {
        const bytes = await buffer(await blobs.read(key));
        await blobs.write(key, Readable.from([bytes.fill(0, 100, 108)]));
      };
      await importInto(stores, archive);
      const { libraryId } = await database.prisma.asset.findUniqueOrThrow({ where: { id: gone!.id } });
      await blobs.delete([blobKey(libraryId, failed!.id, ORIGINAL)]);
      await examine(partsToExamine(stores), { isRepair: true });
      await blobs.delete([...blobKeys(libraryId, gone!.id), blobKey(libraryId, faceless!.id, 'thumbnail.webp')]);
      await blobs.write(blobKey(libraryId, faceless!.id, ORIGINAL), Readable.from([Buffer.from('cut')]));
      for (const fileName of [ORIGINAL, 'preview.jpg']) await rot(blobKey(libraryId, rotten!.id, fileName));
      const { counts, problems } = await importInto(stores, archive);
      expect(problems).toEqual([]);
      expect(counts).toMatchObject({ imported: 0, present: COUNT - 4, restored: 4, refused: 0 });
      expect((await importInto(stores, archive)).counts).toMatchObject({ present: COUNT, restored: 0 });
      expect(await database.prisma.upload.count()).toBe(0);
    });
    const { assets, files, keys, wrong } = await contentsOf(target);
    expect(files).toEqual(contents.files);
    expect([keys, contents.keys.length]).toEqual([[], 1]);
    expect(wrong).toEqual([]);
    const states = new Map(assets.map(({ id, state, failureCode }) => [id, [state, failureCode]]));
    for (const { id } of [gone!, faceless!, rotten!]) expect(states.get(id)).toEqual(['READY', null]);
    expect(states.get(failed!.id)).toEqual(['PENDING', null]);
  });

  it('gives pictures that are there under other ids their originals back', async () => {
    const twins = contents.assets.filter(({ state }) => state === 'READY').slice(0, 2);
    await inStores(await embedded.settings(), async (stores) => {
      const { prisma } = stores.database;
      const { id: libraryId } = await prisma.library.create({
        data: { id: randomUUID(), name: 'default', fileSecret: Buffer.alloc(32) },
      });
      const ids: string[] = [];
      for (const [index, { sha256, byteSize }] of twins.entries()) {
        const lost = index === 0 ? { failureCode: 'ORIGINAL_MISSING' } : { state: 'READY' as const };
        ids.push(await insertAsset(prisma, libraryId, { sha256, byteSize: Number(byteSize), ...lost }));
      }
      expect((await importInto(stores, archive)).counts).toMatchObject({ duplicate: 0, restored: 2 });
      for (const [index, id] of ids.entries()) {
        const original = await buffer(await stores.blobs.read(blobKey(libraryId, id, ORIGINAL)));
        expect(original.toString('base64')).toBe(contents.files.get(blobKey('', twins[index]!.id, ORIGINAL)));
      }
      const assets = await prisma.asset.findMany({ where: { id: { in: ids } } });
      expect(new Map(assets.map(({ id, state }) => [id, state]))).toEqual(
        new Map([
          [ids[0], 'PENDING'],
          [ids[1], 'READY'],
        ]),
      );
      expect(await prisma.job.findMany({ select: { assetId: true, kind: true } })).toEqual([
        { assetId: ids[0], kind: 'PROCESS_ASSET' },
      ]);
      expect((await importInto(stores, archive)).counts).toMatchObject({ duplicate: 2, restored: 0 });
    });
  });

  it('waits for the lease of a dead import as long as it lasts, and then names the asset', async () => {
    const [first] = contents.assets;
    const realNow = Date.now;
    let aheadMs = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs);
    onTestFinished(() => void vi.restoreAllMocks());
    await inStores(await embedded.settings(), async (stores) => {
      const { id } = first!;
      const leaseUntil = new Date(realNow() + 3_600_000);
      await stores.database.prisma.library.create({ data: { id, name: 'default', fileSecret: Buffer.alloc(32) } });
      await stores.database.prisma.upload.create({ data: { id, libraryId: id, workerId: id, leaseUntil } });
      let isOver = false;
      const begun = beginAsset(archivePartsOf(stores), first!, id).finally(() => (isOver = true));
      begun.catch(() => undefined);
      await sleep(500);
      aheadMs = 3_500_000;
      await sleep(1_500);
      expect(isOver).toBe(false);
      aheadMs = 3_700_000;
      await expect(begun).rejects.toMatchObject({
        code: 'UPLOAD_INTERRUPTED',
        message: expect.stringContaining(`${id} (${first!.originalName})`) as string,
      });
    });
  });

  it('brings back what was deleted, and no purge that was begun takes it away again', async () => {
    const target = await embedded.settings();
    const purge = await inStores(target, async (stores) => {
      const { prisma } = stores.database;
      await importInto(stores, archive);
      const assets = await prisma.asset.findMany({ select: { id: true, libraryId: true } });
      const jobs = assets.flatMap(({ id: assetId, libraryId }) => [
        { id: randomUUID(), assetId, libraryId, kind: 'PURGE_ASSET' as const },
        { id: randomUUID(), assetId, libraryId, kind: 'PROCESS_ASSET' as const, state: 'FAILED' as const },
      ]);
      await prisma.asset.deleteMany();
      await prisma.job.createMany({ data: jobs });
      // A worker died at it.
      const { id: heldId } = jobs[0]!;
      const dead = { state: 'RUNNING', workerId: randomUUID(), attempts: 1, leaseUntil: new Date(0) } as const;
      await prisma.job.update({ where: { id: heldId }, data: dead });
      expect((await importInto(stores, archive)).counts).toMatchObject({ imported: COUNT });
      expect(await prisma.job.findMany({ select: { id: true } })).toEqual([{ id: heldId }]);
      return heldId;
    });
    const server = new AfterimageProcess(['serve'], target);
    const url = await server.url();
    await server.until(
      async () => {
        const { data } = await askGraphQL(url, '{ jobs(first: 5, states: [SUCCEEDED]) { edges { node { id } } } }');
        return JSON.stringify(data).includes(purge);
      },
      'the jobs that are done',
      { interval: 100 },
    );
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
    const { assets, files, vectors, wrong } = await contentsOf(target);
    expect([assets, files, wrong]).toEqual([contents.assets, contents.files, []]);
    expect(vectors.size).toBe(COUNT - 1);
  });

  it('is imported no further once something has failed, and what is under way comes to its end', async () => {
    await inStores(await embedded.settings(), async (stores) => {
      const { prisma } = stores.database;
      let writes = 0;
      const blobs = overriding(stores.blobs, {
        write: async (key, source) => {
          if (writes++ === 0) throw new Error('no disk');
          await sleep(300);
          await stores.blobs.write(key, source);
        },
      });
      await expect(importInto({ ...stores, blobs }, archive)).rejects.toThrow('no disk');
      expect([await prisma.asset.count(), await prisma.upload.count()]).toEqual([COUNT - 1, 0]);
    });
  });
});

/** A blob store of which some methods are others. */
function overriding(blobs: BlobStore, methods: Partial<BlobStore>): BlobStore {
  return new Proxy(blobs, {
    get: (target, name) => {
      if (name in methods) return Reflect.get(methods, name) as unknown;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const importInto = async (stores: OpenStores, folder: string) => {
  const problems: string[] = [];
  const listener = { onProblem: (problem: string) => problems.push(problem), onDuplicate: () => undefined };
  const counts = await importArchive(archivePartsOf(stores), folder, listener, { isWithKeys: false });
  return { counts, problems };
};

/** A library with everything that can be said of assets. @returns what a search finds in it */
async function fillLibrary(server: TestServer): Promise<Edge[]> {
  const ask = (query: string, variables: object) => server.data(query, variables, 'admin');
  const files = NAMES.filter((name) => name !== 'half.jpg').map((name) => sample(name.replace('.jpg', '')));
  // Stored, and then found to be damaged.
  const half = { name: 'half.jpg', bytes: truncated(Buffer.from(sample('moon-surface').bytes)) };
  const ids = await server.add([...files, half], undefined, 'admin');
  const idOf = (name: string) => ids[[...files, half].findIndex((file) => file.name === name)]!;
  const [boats, one, two] = [idOf('boats-at-sunset.jpg'), ids[0]!, ids[1]!];
  const update = 'mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { __typename } }';
  for (const id of [boats, one, two])
    await ask(update, { id, input: { tags: ['kept', 'Ümlaut'], rating: 4, description: DESCRIPTION, ...RIGHTS } });
  for (const id of [boats, idOf('half.jpg')]) await ask(update, { id, input: TAKEN });
  await ask('mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { __typename } }', { ids: [two] });
  const labels = (names: string[]) => ({ ids: [boats, one], labels: names });
  const change = (name: string) =>
    `mutation ($ids: [ID!]!, $labels: [String!]!) { ${name}(assetIds: $ids, labels: $labels) { __typename } }`;
  await ask(change('addLabels'), labels(['Sea', 'Land', 'Nothing']));
  await ask(change('removeLabels'), labels(['Land', 'Nothing']));
  await ask(
    'mutation ($ids: [ID!]!, $labels: [String!]!) { labelAssets(assetIds: $ids, labels: $labels, threshold: 0) { __typename } }',
    labels(['sunset']),
  );
  const create = 'mutation ($input: CollectionInput!) { createCollection(input: $input) { collection { id } } }';
  const chosen = await ask(create, { input: { name: 'Chosen', description: DESCRIPTION, coverId: boats } });
  await ask(create, {
    input: { name: 'Smart', query: { filter: { uploadedAt: { min: '2020-01-01T00:00:00Z' } } } },
  });
  for (const assetIds of [
    [boats, idOf('half.jpg')],
    [one, two],
  ])
    await ask('mutation ($id: ID!, $ids: [ID!]!) { addToCollection(id: $id, assetIds: $ids) { __typename } }', {
      id: chosen.createCollection.collection.id,
      ids: assetIds,
    });
  await ask('mutation ($search: SearchInput!) { createSavedSearch(name: "Boats", search: $search) { __typename } }', {
    search: { query: 'boats', like: [{ assetId: boats, weight: 2 }] },
  });
  await labelByHand(server, [boats, one]);
  await server.waitUntilProcessed('admin');
  const { searchByText } = await ask(SEARCH, {});
  const edges = searchByText.edges as Edge[];
  expect(edges.map(({ node }) => node.description)).toEqual([DESCRIPTION, DESCRIPTION]);
  return edges;
}

/** Two sets with a label of the same name, which is that of a free label too, and what people say of them. */
async function labelByHand(server: TestServer, [boats, one]: readonly [string, string]): Promise<void> {
  const ask = (query: string, variables: object) => server.data(query, variables, 'admin');
  const create =
    'mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }';
  const common = { colour: '#0000ff', threshold: 0.25, synonyms: ['ocean'], negativePrompts: ['a desert'] };
  const labels = [
    { name: 'Beach', parent: 'Sea', prompts: ['a picture of {}'] },
    { name: 'Sea', description: DESCRIPTION, ...common },
  ];
  const places = await ask(create, { input: { name: 'Places', isExclusive: true, templates: ['{}'], labels } });
  const moods = await ask(create, { input: { name: 'Moods', description: DESCRIPTION, labels: [{ name: 'Sea' }] } });
  const [placeId, moodId] = [places, moods].map(
    ({ createLabelSet }) => createLabelSet.labelSet.labels.find(({ name }: { name: string }) => name === 'Sea').id,
  ) as [string, string];
  const review =
    'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { outcomes { __typename } } }';
  const say = (assetId: string, labelId: string, state: string) => ({ assetId, labelId, state });
  await ask(review, { decisions: [say(boats, placeId, 'ACCEPTED'), say(one, moodId, 'ACCEPTED')] });
  await ask(review, { decisions: [say(boats, moodId, 'REJECTED'), say(one, placeId, 'REJECTED')] });
  await ask(review, { decisions: [say(one, moodId, 'REJECTED')] });
  await ask('mutation { undoReview { undoneCount } }', {});
  await ask('mutation ($id: ID!) { trainLabelSet(labelSetId: $id) { head { version } } }', {
    id: places.createLabelSet.labelSet.id,
  });
  await ask('mutation ($ids: [ID!]!) { dismissDuplicates(ids: $ids) { __typename } }', { ids: [boats, one] });
}

/** As if the set had learned more: a version that answered, and one that does. */
function addHeads(environment: Environment): Promise<void> {
  return inStores(environment, async ({ database: { prisma } }) => {
    const { metrics, ...head } = await prisma.labelHead.findFirstOrThrow();
    const activatedAt = new Date('2026-11-25T10:00:00Z');
    await prisma.labelHead.createMany({
      data: (['RETIRED', 'ACTIVE'] as const).map((state, index) => ({
        ...head,
        metrics: metrics!,
        id: randomUUID(),
        version: head.version + 1 + index,
        digest: null,
        state,
        activatedAt,
      })),
    });
  });
}

/** All that an archive is to carry, of a library in its stores, and what the doctor finds there. */
function contentsOf(environment: Environment) {
  return inStores(environment, async (stores) => {
    const {
      blobs,
      database,
      models: [{ collection }],
    } = stores;
    const { prisma } = database;
    const rows = await prisma.asset.findMany({
      orderBy: { originalName: 'asc' },
      include: {
        labels: { include: { label: true }, orderBy: [{ label: { name: 'asc' } }, { labelId: 'asc' }] },
        labelEvents: { omit: { id: true }, orderBy: { id: 'asc' } },
      },
    });
    const omit = { libraryId: true } as const;
    const keys = await prisma.apiKey.findMany({ omit: { libraryId: true, lastUsedAt: true } });
    const heads = await prisma.labelHead.findMany({ omit, orderBy: { id: 'asc' } });
    const points = await collection.get(rows.map(({ id }) => id));
    const inOrder = { orderBy: { position: 'asc' }, select: { assetId: true, addedAt: true } } as const;
    const collections = await prisma.collection.findMany({ orderBy: { name: 'asc' }, include: { assets: inOrder } });
    const savedSearches = await prisma.savedSearch.findMany();
    const files = new Map<string, string>();
    for (const { id, libraryId } of rows)
      for (const key of blobKeys(libraryId, id))
        if (await blobs.stat(key))
          files.set(key.slice(libraryId.length), (await buffer(await blobs.read(key))).toString('base64'));
    return {
      // Ids of libraries are each database's own.
      assets: rows.map(({ labels, ...row }) => ({
        ...row,
        libraryId: '',
        labels: labels.map(({ label, ...assignment }) => ({ ...assignment, label: label.name })),
      })),
      labelSets: await prisma.labelSet.findMany({ omit, orderBy: { name: 'asc' } }),
      labels: await prisma.label.findMany({ omit, orderBy: [{ name: 'asc' }, { id: 'asc' }] }),
      labelBatches: await prisma.labelBatch.findMany({ omit, orderBy: { id: 'asc' } }),
      labelHeads: heads.map(({ weights, digest, ...head }) => ({
        ...head,
        weights: Uint8Array.from(weights),
        digest: digest && Uint8Array.from(digest),
      })),
      distinctPairs: await prisma.distinctPair.findMany(),
      collections: collections.map((row) => ({ ...row, libraryId: '' })),
      savedSearches: savedSearches.map((row) => ({ ...row, libraryId: '' })),
      keys: keys.map(({ secretHash, ...key }) => ({ ...key, secretHash: Buffer.from(secretHash).toString('hex') })),
      files,
      // Lists are sets there.
      payloads: Object.fromEntries(
        points.map(({ id, payload }) => [
          id,
          { ...payload, libraryId: '', labels: [...(payload['labels'] as string[])].sort() },
        ]),
      ),
      vectors: new Map(points.map(({ id, vector }) => [id, vector])),
      wrong: await examine(partsToExamine(stores), { isRepair: false }),
    };
  });
}

const assetLines = (folder: string) => readFile(join(folder, 'assets.jsonl'), 'utf8');

async function copyOf(archive: string): Promise<string> {
  const copy = join(await temporaryFolder(), 'copy');
  await cp(archive, copy, { recursive: true });
  return copy;
}

/** As an archive was before there were collections, sets of labels, and whose a picture is. */
async function asBefore(archive: string): Promise<string> {
  const old = await copyOf(archive);
  const manifest = join(old, 'manifest.json');
  const parsed = JSON.parse(await readFile(manifest, 'utf8')) as { files: Record<string, unknown> };
  const names = ['assets', 'labels', 'keys'].map((name) => `${name}.jsonl`);
  for (const name of Object.keys(parsed.files))
    if (name.endsWith('.jsonl') && !names.includes(name)) {
      delete parsed.files[name];
      await rm(join(old, name));
    }
  await writeFile(manifest, JSON.stringify(parsed));
  await rewrite(old, 'labels.jsonl', ({ library, name, createdAt }) => ({ library, name, createdAt }));
  await rewrite(old, 'assets.jsonl', ({ history: _history, asset, labels, ...line }) => ({
    ...line,
    asset: withoutRights(asset as Asset),
    labels: (labels as { labelId: string }[]).map(({ labelId: _labelId, ...assignment }) => assignment),
  }));
  return old;
}

function withoutRights({ creator: _creator, credit: _credit, copyright: _copyright, ...asset }: Asset): object {
  return asset;
}
