import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { AfterimageProcess, onlyLine, run, type Environment } from './support/afterimage-process.js';
import { temporaryFolder } from './support/data-dir.js';
import { askGraphQL, uploadFiles } from './support/graphql-client.js';
import { describeOnEveryInstallation, embedded, production } from './support/installations.js';
import { runHere } from './support/run-here.js';
import { SAMPLE_NAMES, SAMPLES } from './support/samples.js';
import { inStores } from './support/stores.js';
import { BARE, describeOnAServer } from '../support/databases.js';
import { openPool } from '../support/pool.js';
import { WITHOUT_ACCESS } from './support/without-access.js';
import { insertLabelledLibrary } from '../support/archives.js';
import { blobKey, ORIGINAL } from '#dist/assets/asset-files.js';
import { exportLibraries } from '#dist/cli/archive.js';
import { doctor, partsToExamine } from '#dist/cli/doctor.js';
import { parseConfig } from '#dist/config.js';
import type { OpenStores } from '#dist/cli/with-stores.js';
import type { Asset } from '#dist/database/generated/client.js';
import { migrate } from '#dist/database/migrate.js';
import { examine } from '#dist/maintenance/doctor.js';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const NAMES = SAMPLE_NAMES.slice(0, 9);
const ASSETS = '{ assets(first: 100) { edges { node { id originalName state failure { code } } } } }';

async function folderOfPictures(): Promise<string> {
  const folder = join(await temporaryFolder(), 'pictures');
  await mkdir(folder);
  for (const name of NAMES) await copyFile(join(SAMPLES, name), join(folder, name));
  return folder;
}

async function diagnose(environment: Environment, ...flags: string[]) {
  const { code, stdout, stderr } = await runHere(['doctor', '--json', ...flags], environment);
  expect(stderr).toBe('');
  const found = JSON.parse(stdout) as { kind: string; count: number; mended: number; examples: string[] }[];
  return { code, found: Object.fromEntries(found.map(({ kind, ...rest }) => [kind, rest])) };
}

const write = (stores: OpenStores, key: string, content = 'x') =>
  stores.blobs.write(key, Readable.from([Buffer.from(content)]));
const settledAssets = (server: AfterimageProcess, url: string) =>
  server.until(
    async () => {
      const { data } = (await askGraphQL(url, ASSETS)) as { data: { assets: { edges: { node: Listed }[] } } };
      const nodes = data.assets.edges.map(({ node }) => node);
      return nodes.every(({ state }) => state !== 'PENDING') ? nodes : undefined;
    },
    'the end of all work',
    { interval: 100 },
  );
interface Listed {
  readonly id: string;
  readonly originalName: string;
  readonly state: string;
  readonly failure: { readonly code: string } | null;
}

describeOnEveryInstallation('doctor', (installation) => {
  it('finds what is wrong, changes nothing unless it is told to, and mends what can be mended', async () => {
    const environment = await installation.settings();
    expect(await runHere(['import', await folderOfPictures()], environment)).toMatchObject({ code: 0, stderr: '' });

    const foreign = randomUUID();
    const elsewhere = blobKey(foreign, foreign, ORIGINAL);
    const [jobId, strayFile, youngFile, strayVector, expired] = [1, 2, 3, 4, 5].map(() => randomUUID());
    const [gone, cut, faceless, lost, misfiled, outdated, forgotten, found] = await inStores(
      environment,
      async (stores) => {
        const {
          database,
          models: [{ collection }],
        } = stores;
        const assets = await breakAssets(stores);
        const { libraryId } = assets[0];
        const leaseUntil = new Date(Date.now() - 120_000);
        await database.prisma.upload.create({ data: { id: expired!, libraryId, workerId: randomUUID(), leaseUntil } });
        await database.prisma.job.create({
          data: { id: jobId!, libraryId, kind: 'SYNC_VECTOR', assetId: randomUUID() },
        });
        await write(stores, blobKey(libraryId, strayFile!, 'thumbnail.webp'));
        for (const id of [youngFile!, expired!]) await write(stores, blobKey(libraryId, id, ORIGINAL));
        for (const key of ['notes/read.me', elsewhere, blobKey(libraryId, assets[3].id, 'original.xmp')])
          await write(stores, key);
        const [point] = await collection.get([assets[0].id]);
        await collection.upsert([
          { ...point!, id: strayVector! },
          { ...point!, id: foreign, payload: { ...point!.payload, libraryId: foreign } },
        ]);
        return assets;
      },
    );
    const { libraryId } = gone;
    const stray = blobKey(libraryId, strayFile!, 'thumbnail.webp');
    const sidecar = blobKey(libraryId, lost.id, 'original.xmp');
    const young = blobKey(libraryId, youngFile!, ORIGINAL);
    for (const key of [stray, sidecar]) await installation.age(environment, key);

    const one = (subject: string, mended = 0) => ({
      count: 1,
      mended,
      examples: [subject],
      what: expect.any(String) as string,
      mending: expect.toSatisfy((mending) => mending === null || typeof mending === 'string') as string,
    });
    const expectedWith = (mended: number) => ({
      'expired-upload': one(expired!, mended),
      'original-missing': one(gone.id, mended),
      'original-damaged': one(cut.id, mended),
      'original-found': one(found.id, mended),
      'rendition-missing': one(faceless.id, mended),
      'vector-missing': one(lost.id, mended),
      'vector-outdated': one(misfiled.id, mended),
      'model-other': one(outdated.id, mended),
      'job-missing': one(forgotten.id, mended),
      'job-stray': one(jobId!, mended),
      'file-stray': {
        ...one(''),
        count: 2,
        mended,
        examples: expect.arrayContaining([stray, young]) as string[],
        leaving: expect.any(String) as string,
      },
      'file-foreign': {
        ...one(''),
        count: 3,
        examples: expect.arrayContaining(['notes/read.me', elsewhere, sidecar]) as string[],
      },
      'vector-stray': one(strayVector!, mended),
      'vector-foreign': one(foreign),
    });
    expect(await diagnose(environment)).toEqual({ code: 1, found: expectedWith(0) });
    expect(await diagnose(environment, '--repair')).toEqual({ code: 1, found: expectedWith(1) });
    expect((await runHere(['doctor', '--repair'], environment)).stdout).toContain(
      `file-stray: files that belong to no asset: 1 (${young})\n  0 mended, 1 left (younger than an hour: run it again later)\n`,
    );

    await inStores(environment, async (stores) => {
      const {
        blobs,
        database,
        models: [{ collection }],
      } = stores;
      const { state } = await database.prisma.asset.findUniqueOrThrow({ where: { id: lost.id } });
      expect(state).toBe('READY');
      // What nobody but a person may remove is left, and so is a file that may be of an upload.
      const left = await examine(partsToExamine(stores), { isRepair: true });
      expect(left.map(({ kind }) => kind).sort()).toEqual(['file-foreign', 'file-stray', 'vector-foreign']);
      expect(await blobs.stat(stray)).toBeNull();
      expect(await blobs.stat(blobKey(libraryId, expired!, ORIGINAL))).toBeNull();
      expect(await collection.get([gone.id, cut.id, strayVector!])).toEqual([]);
      await blobs.delete([young, 'notes/read.me', elsewhere, sidecar]);
      await collection.delete([foreign]);
      // A person puts the originals back.
      for (const { id, originalName } of [gone, cut])
        await blobs.write(blobKey(libraryId, id, ORIGINAL), createReadStream(join(SAMPLES, originalName)));
    });

    const server = new AfterimageProcess(['serve'], environment);
    const url = await server.url();
    if (!('DATABASE_URL' in environment))
      expect(onlyLine(await runHere(['doctor'], environment))).toMatch(
        /in use by process \d+: stop the server first \[DATA_DIR_IN_USE\]$/,
      );
    const lostCodes = new Map([
      [gone.id, 'ORIGINAL_MISSING'],
      [cut.id, 'ORIGINAL_DAMAGED'],
    ]);
    const assets = await settledAssets(server, url);
    expect(assets.map(({ originalName }) => originalName).sort()).toEqual(NAMES);
    for (const { id, state, failure } of assets)
      expect([state, failure?.code]).toEqual(lostCodes.has(id) ? ['FAILED', lostCodes.get(id)] : ['READY', undefined]);

    const retry = 'mutation ($ids: [ID!]!) { retryAssets(ids: $ids) { __typename } }';
    expect((await askGraphQL(url, retry, { variables: { ids: [gone.id, cut.id] } })).errors).toBe(undefined);
    const all = await settledAssets(server, url);
    expect(all.map(({ state }) => state)).toEqual(NAMES.map(() => 'READY'));
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(await run(['doctor'], environment)).toMatchObject({ code: 0, stdout: 'Nothing is wrong.\n', stderr: '' });

    // What only reads does not make what is missing.
    const { name } = await inStores(environment, async ({ vectors, models: [{ collection }] }) => {
      await vectors.dropCollection(collection.spec.name);
      return collection.spec;
    });
    const config = parseConfig(environment);
    const target = join(await temporaryFolder(), 'target');
    for (const refused of [() => doctor(config, {}), () => exportLibraries(config, target, {})])
      await expect(refused()).rejects.toMatchObject({
        code: 'VECTOR_COLLECTION_MISMATCH',
        message: expect.stringContaining(`the collection ${name} in the vector store, received none`) as string,
      });
  });
});

/** One asset in each of the ways that an asset can be wrong; what comes after them stays right. */
async function breakAssets(stores: OpenStores): Promise<AtLeastEight> {
  const {
    blobs,
    database,
    models: [{ collection }],
  } = stores;
  const { prisma } = database;
  const assets = (await prisma.asset.findMany({ orderBy: { originalName: 'asc' } })) as AtLeastEight;
  const [gone, cut, faceless, lost, misfiled, outdated, forgotten, found] = assets;
  await blobs.delete([blobKey(gone.libraryId, gone.id, ORIGINAL)]);
  await write(stores, blobKey(cut.libraryId, cut.id, ORIGINAL));
  await blobs.delete([blobKey(faceless.libraryId, faceless.id, 'thumbnail.webp')]);
  await collection.delete([lost.id]);
  const [point] = await collection.get([misfiled.id]);
  await collection.setPayload([{ id: misfiled.id, payload: { ...point!.payload, tags: ['another'] } }]);
  await prisma.embedding.deleteMany({ where: { assetId: outdated.id } });
  await prisma.asset.update({ where: { id: forgotten.id }, data: { state: 'PENDING' } });
  // As a server leaves it that was started over another folder.
  await prisma.asset.update({ where: { id: found.id }, data: { state: 'FAILED', failureCode: 'BLOB_NOT_FOUND' } });
  await prisma.embedding.deleteMany({ where: { assetId: found.id } });
  await collection.delete([found.id]);
  return assets;
}
type AtLeastEight = [Asset, Asset, Asset, Asset, Asset, Asset, Asset, Asset, ...Asset[]];

describe('doctor with checksums', () => {
  it('finds originals with other bytes of the same size, and does not find them again while they have these', async () => {
    const environment = await embedded.settings();
    const kinds = async (flags: { isRepair?: boolean; isReading?: boolean } = {}) =>
      inStores(environment, async (stores) => {
        let read = 0;
        const onOriginal = flags.isReading ? () => read++ : undefined;
        const found = await examine(partsToExamine(stores), { isRepair: flags.isRepair ?? false, onOriginal });
        expect(read).toBe(flags.isReading ? 1 : 0);
        return found.map(({ kind, count, mended }) => ({ kind, count, mended }));
      });
    const key = await inStores(environment, async (stores) => {
      const { id, assetId } = await insertLabelledLibrary(stores, {});
      await write(stores, blobKey(id, assetId, ORIGINAL), randomUUID());
      return blobKey(id, assetId, ORIGINAL);
    });
    expect(await kinds()).toEqual([]);
    const damaged = { kind: 'original-damaged', count: 1 };
    expect(await kinds({ isReading: true })).toEqual([{ ...damaged, mended: 0 }]);
    const { code, stdout } = await runHere(['doctor', '--checksums', '--repair'], environment);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^original-damaged: assets whose .+: 1 \(.+\)\n {2}1 mended .+\n$/),
    ]);
    expect(await kinds()).toEqual([]);
    expect(await kinds({ isReading: true })).toEqual([]);

    await inStores(environment, (stores) => write(stores, key, key.split('/')[2]));
    expect(await kinds({ isRepair: true })).toEqual([{ kind: 'original-found', count: 1, mended: 1 }]);
  });

  it.skipIf(WITHOUT_ACCESS === null)('gives up no original that it may not read itself', async () => {
    const environment = await embedded.settings();
    await inStores(environment, async (stores) => {
      const { id, assetId } = await insertLabelledLibrary(stores, {});
      await chmod(join(environment['DATA_DIR']!, 'files', 'blobs', blobKey(id, assetId, ORIGINAL)), 0);
    });
    const { code, stdout } = await run(['doctor', '--checksums', '--repair'], environment, WITHOUT_ACCESS!);
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^original-unreadable: assets whose .+: 1 \(.+\)\n {2}0 mended, 1 left\n$/),
    ]);
  });

  it.skipIf(WITHOUT_ACCESS === null).each([[[]], [['--checksums']]])(
    'finds all else beside folders that it may not enter: %j',
    async (flags) => {
      const environment = await embedded.settings();
      const blobs = join(environment['DATA_DIR']!, 'files', 'blobs');
      const stray = randomUUID();
      const [closed, foreign] = await inStores(environment, async (stores) => {
        const { id, assetId } = await insertLabelledLibrary(stores, {});
        const library = await insertLabelledLibrary(stores, {});
        await stores.blobs.delete([blobKey(library.id, library.assetId, ORIGINAL)]);
        for (const key of [blobKey(library.id, stray, ORIGINAL), 'notes/read.me', 'closed/read.me'])
          await write(stores, key);
        return [dirname(blobKey(id, assetId, ORIGINAL)), 'closed'];
      });
      for (const folder of [closed, foreign]) {
        await chmod(join(blobs, folder), 0);
        onTestFinished(() => chmod(join(blobs, folder), 0o700));
      }
      const { stdout, stderr } = await run(['doctor', '--json', '--repair', ...flags], environment, WITHOUT_ACCESS!);
      expect(stderr).toBe('');
      const found = JSON.parse(stdout) as { kind: string; count: number; mended: number; examples: string[] }[];
      expect(found.map(({ kind, count, mended }) => `${kind}: ${count}, ${mended} mended`).sort()).toEqual([
        'file-foreign: 1, 0 mended',
        'file-stray: 1, 0 mended',
        'folder-unreadable: 1, 0 mended',
        'original-missing: 1, 1 mended',
        'original-unreadable: 1, 0 mended',
      ]);
      expect(found.at(-1)!.examples).toEqual(['closed/']);
    },
  );
});

describe('doctor before jobs that wait', () => {
  it('finds what none of them brings back, and leaves the rest to them', async () => {
    const environment = await embedded.settings();
    expect(await runHere(['import', await folderOfPictures()], environment)).toMatchObject({ code: 0 });
    const [gone, unprocessed, pointless, untold, misfiled, unembedded] = await inStores(environment, async (stores) => {
      const {
        blobs,
        database: { prisma },
        models: [{ collection }],
      } = stores;
      const assets = (await prisma.asset.findMany({ orderBy: { originalName: 'asc' } })) as AtLeastEight;
      const [gone, unprocessed, pointless, untold, misfiled, unembedded] = assets;
      for (const { libraryId, id } of [gone, unprocessed]) await blobs.delete([blobKey(libraryId, id, ORIGINAL)]);
      await prisma.asset.update({ where: { id: unprocessed.id }, data: { state: 'PENDING' } });
      await collection.delete([pointless.id, untold.id]);
      const [point] = await collection.get([misfiled.id]);
      await collection.setPayload([{ id: misfiled.id, payload: { ...point!.payload, tags: ['another'] } }]);
      await prisma.embedding.deleteMany({ where: { assetId: unembedded.id } });
      const jobs = [
        [gone, 'SYNC_VECTOR'],
        [unprocessed, 'PROCESS_ASSET'],
        // As one that was imported from an archive, for its fingerprint.
        [pointless, 'EMBED_ASSET'],
        [untold, 'SYNC_VECTOR'],
        [misfiled, 'SYNC_VECTOR'],
        [unembedded, 'EMBED_ASSET'],
      ] as const;
      await prisma.job.createMany({
        data: jobs.map(([{ id, libraryId }, kind]) => ({ id: randomUUID(), kind, assetId: id, libraryId })),
      });
      return assets;
    });

    const jobs = 'Jobs that have yet to be done: 1 PROCESS_ASSET, 3 SYNC_VECTOR, 2 EMBED_ASSET.';
    const { code, stdout } = await runHere(['doctor'], environment);
    expect([code, stdout]).toEqual([1, expect.stringContaining(jobs)]);
    const both = (count: number, ...subjects: Asset[]) => ({
      count,
      mended: count,
      examples: expect.arrayContaining(subjects.map(({ id }) => id)) as string[],
    });
    const repaired = await diagnose(environment, '--repair');
    expect(repaired).toMatchObject({
      code: 0,
      found: { 'original-missing': both(2, gone, unprocessed), 'vector-missing': both(2, pointless, untold) },
    });
    expect(Object.keys(repaired.found)).toHaveLength(2);

    const server = new AfterimageProcess(['serve'], environment);
    const url = await server.url();
    await server.until(
      async () => {
        const { data } = await askGraphQL(url, '{ jobs(states: [QUEUED, RUNNING]) { edges { node { id } } } }');
        return (data as { jobs: { edges: unknown[] } }).jobs.edges.length === 0;
      },
      'the end of all jobs',
      { interval: 100 },
    );
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(await run(['doctor'], environment)).toMatchObject({ code: 0, stdout: 'Nothing is wrong.\n', stderr: '' });
    await inStores(environment, async ({ database: { prisma }, models: [{ collection }] }) => {
      const points = await collection.get([pointless, untold, misfiled, unembedded].map(({ id }) => id));
      expect(points).toHaveLength(4);
      const failed = await prisma.asset.findMany({ where: { state: 'FAILED' } });
      expect(new Map(failed.map(({ id, failureCode }) => [id, failureCode]))).toEqual(
        new Map([gone, unprocessed].map(({ id }) => [id, 'ORIGINAL_MISSING'])),
      );
    });
  });

  it('does not take for outdated what the job of a label will tell', async () => {
    await inStores(await embedded.settings(), async (stores) => {
      const { prisma } = stores.database;
      const { id: libraryId, labelIds } = await insertLabelledLibrary(stores, { sea: 'ACCEPTED', sky: 'ACCEPTED' });
      const [renamed, hidden] = labelIds as [string, string];
      const kinds = async () => (await examine(partsToExamine(stores), { isRepair: false })).map(({ kind }) => kind);
      expect(await kinds()).toEqual([]);

      await prisma.label.update({ where: { id: renamed }, data: { nameKey: 'lake' } });
      expect(await kinds()).toEqual(['vector-outdated']);
      const job = { id: randomUUID(), libraryId, kind: 'REFRESH_LABEL', assetId: renamed } as const;
      await prisma.job.create({ data: job });
      expect(await kinds()).toEqual([]);

      await prisma.job.delete({ where: { id: job.id } });
      await prisma.label.update({ where: { id: renamed }, data: { nameKey: 'sea' } });
      await prisma.label.update({ where: { id: hidden }, data: { deletedAt: new Date() } });
      expect(await kinds()).toEqual(['vector-outdated']);
      await prisma.job.create({ data: { ...job, kind: 'DELETE_LABELS', assetId: libraryId } });
      expect(await kinds()).toEqual([]);
    });
  });

  it('takes the job of a renaming of a tag for stray only when that is gone', async () => {
    await inStores(await embedded.settings(), async (stores) => {
      const { prisma } = stores.database;
      const { id: libraryId, assetId } = await insertLabelledLibrary(stores, { sea: 'ACCEPTED' });
      const kinds = async () => (await examine(partsToExamine(stores), { isRepair: false })).map(({ kind }) => kind);
      const renaming = { id: randomUUID(), libraryId, fromTag: 'brige', toTag: 'bridge', upTo: assetId };
      await prisma.tagRenaming.create({ data: renaming });
      await prisma.job.create({ data: { id: randomUUID(), libraryId, kind: 'RENAME_TAG', assetId: renaming.id } });
      expect(await kinds()).toEqual([]);
      await prisma.tagRenaming.delete({ where: { id: renaming.id } });
      expect(await kinds()).toEqual(['job-stray']);
    });
  });

  it('does not take for outdated what changes while it looks a second time', async () => {
    await inStores(await embedded.settings(), async (stores) => {
      const { prisma } = stores.database;
      const { id: libraryId, labelIds, assetId } = await insertLabelledLibrary(stores, { sea: 'ACCEPTED' });
      await prisma.label.update({ where: { id: labelIds[0]! }, data: { nameKey: 'lake' } });
      const parts = partsToExamine(stores);
      const [model] = parts.models;
      let looks = 0;
      const get = async (ids: readonly string[]) => {
        looks++;
        if (looks === 2)
          await prisma.job.create({ data: { id: randomUUID(), libraryId, kind: 'SYNC_VECTOR', assetId } });
        return model!.collection.get(ids);
      };
      const collection = new Proxy(model!.collection, {
        get: (target, name) => {
          const value: unknown = name === 'get' ? get : Reflect.get(target, name);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      const models = [{ ...model!, collection }];
      expect(await examine({ ...parts, models }, { isRepair: false })).toEqual([]);
      expect(looks).toBe(2);
    });
  });
});

describe.skipIf(inject('server') === null)('doctor beside a server', () => {
  const installation = production();

  it('takes nothing that is under way for wrong, and harms none of it', async () => {
    const environment = await installation.settings();
    const server = new AfterimageProcess(['serve'], environment);
    const url = await server.url();
    const uploaded = SAMPLE_NAMES.slice(0, 16);
    const uploading = (async () => {
      for (const name of uploaded) await uploadFiles(url, [join(SAMPLES, name)]);
    })();
    let isOver = false;
    const over = uploading.then(() => settledAssets(server, url)).finally(() => (isOver = true));
    over.catch(() => undefined);
    do expect(await diagnose(environment, '--repair')).toEqual({ code: 0, found: {} });
    while (!isOver);
    // The folder of the server, and one after another of the commands beside it.
    expect((await readdir(join(environment['DATA_DIR']!, 'processes'))).sort()).toEqual(['1', '2']);
    expect((await over).map(({ state }) => state)).toEqual(uploaded.map(() => 'READY'));
  });
});

describeOnAServer(
  'doctor of a database in use that does not fold case',
  (location) => {
    beforeAll(async () => {
      const { pool, close } = await openPool(location);
      await migrate(pool, MIGRATIONS);
      await close();
    });

    it('says so, as does the log of each start, once', async () => {
      const environment = { DATA_DIR: await temporaryFolder(), DATABASE_URL: location.url, PORT: '0' };
      const server = new AfterimageProcess(['serve'], environment);
      await server.url();
      const { stderr } = await server.kill('SIGTERM');
      expect(stderr.match(/does not fold the case/g)).toHaveLength(1);
      expect(stderr).toContain("ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0");
      const database = new URL(location.url).pathname.slice(1);
      expect(await diagnose(environment)).toMatchObject({
        code: 1,
        found: { 'database-case': { count: 1, mended: 0, examples: [database], mending: null } },
      });
    });
  },
  `ENCODING 'UTF8' LOCALE 'C' ${BARE}`,
);
