import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { promises, type Dirent } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect, Index, VectorQuery, type Table } from '@lancedb/lancedb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LanceDbCollection } from '#dist/vectorstore/lancedb.collection.js';
import { LanceDbVectorStore } from '#dist/vectorstore/lancedb.js';
import type { CollectionSpec } from '#dist/vectorstore/vectorstore.js';
import { describeVectorStore } from '../contract/vectorstore.contract.js';
import { idOf, unit } from '../contract/vectorstore.points.js';
import { PowerCut } from '../support/power-cut.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'afterimage-lancedb-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** As a store whose collections are too large to be kept in memory. */
const openFromFiles = (path: string) => LanceDbVectorStore.open(path, 0);

describeVectorStore('LanceDB', () => openFromFiles(join(folder, 'contract')));
describeVectorStore('LanceDB, in memory', () => LanceDbVectorStore.open(join(folder, 'contract in memory')));

describe('LanceDbVectorStore', () => {
  const spec: CollectionSpec = { name: 'points', dimension: 8, payload: { number: 'number' } };
  const point = (number: number) => ({ id: idOf(number), vector: unit([number, 1], 8), payload: { number } });

  /** Returns what a process had acknowledged when it was killed. */
  async function writeUntilKilled(path: string, writeCount: number, environment?: object): Promise<number[]> {
    const writer = fileURLToPath(new URL('./lancedb.writer.mjs', import.meta.url));
    const acknowledged: number[] = [];
    const child = spawn(process.execPath, [writer, path, JSON.stringify(spec)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    const lines = createInterface(child.stdout);
    lines.on('line', (line) => {
      acknowledged.push(Number(line));
      if (acknowledged.length === writeCount) child.kill('SIGKILL');
    });
    const [[, signal]] = await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    expect(signal).toBe('SIGKILL');
    return acknowledged;
  }

  async function expectWritten(path: string, acknowledged: readonly number[]): Promise<void> {
    const store = await LanceDbVectorStore.open(path);
    const collection = await store.openCollection(spec);
    const found = await collection.get(acknowledged.map(idOf));
    const numbers = new Map(found.map(({ id, payload }) => [id, payload['number']]));
    for (const number of acknowledged) expect(numbers.get(idOf(number))).toEqual(number % 2 === 0 ? -number : number);
    await store.close();
  }

  test('has every acknowledged write after kill -9', async () => {
    const path = join(folder, 'killed');
    await writeUntilKilled(path, 3);
    await expectWritten(path, await writeUntilKilled(path, 150));
  });

  test.skipIf(!PowerCut.isPossible)('has every acknowledged write after power cuts', async () => {
    let path = join(folder, 'power');
    await mkdir(path);
    for (const writeCount of [3, 40, 150]) {
      const cut = new PowerCut(path, `${path}-kept`);
      const acknowledged = await writeUntilKilled(path, writeCount, cut.environment);
      path = `${path}-${writeCount}`;
      await cut.restore(path);
      await expectWritten(path, acknowledged);
    }
  });

  test('uses the version before one that a power cut left torn', async () => {
    const path = join(folder, 'torn');
    const table = join(path, 'points.lance');
    const store = await LanceDbVectorStore.open(path);
    const collection = await store.openCollection(spec);
    await collection.upsert([point(1), point(2)]);
    await store.close();

    const insert = async (lance: Table) => void (await lance.add(await lance.query().toArrow()));
    for (const [extension, of, write] of [
      ['.manifest', '_versions', insert],
      ['.lance', 'data', insert],
      ['.arrow', '_deletions', (lance: Table) => lance.delete(`id = '${idOf(2)}'`)],
    ] as const) {
      const before = new Set((await readdir(join(table, of)).catch(() => [])) as string[]);
      const connection = await connect(path);
      const lance = await connection.openTable('points');
      await write(lance);
      expect(await lance.countRows()).not.toBe(2);
      connection.close();
      const written = (await readdir(join(table, of))).filter((name) => name.endsWith(extension) && !before.has(name));
      expect(written).toHaveLength(1);
      await truncate(join(table, of, written[0]!), 3);

      const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
      onTestFinished(() => warned.mockRestore());
      const again = await LanceDbVectorStore.open(path);
      // Whoever only looks whether it is there comes first.
      expect(await again.hasCollection('points')).toBe(true);
      const reopened = await again.openCollection(spec);
      expect(await reopened.count()).toBe(2);
      expect(await reopened.get([idOf(1)])).toMatchObject([{ payload: { number: 1 } }]);
      await again.close();
      expect(warned).toHaveBeenCalledWith(expect.stringContaining('torn'));
    }
  });

  test('takes back no version for a file that is damaged where none is whole', async () => {
    const path = join(folder, 'damaged');
    const table = join(path, 'points.lance');
    const store = await LanceDbVectorStore.open(path);
    const collection = (await store.openCollection(spec)) as LanceDbCollection;
    await collection.upsert([point(1)]);
    await store.close();
    const versions = (await readdir(join(table, '_versions'))).filter((name) => name.endsWith('.manifest')).sort();
    for (const name of versions.slice(1)) await rm(join(table, '_versions', name));
    const [data] = await readdir(join(table, 'data'));
    await truncate(join(table, 'data', data!), 3);

    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    onTestFinished(() => warned.mockRestore());
    const again = await LanceDbVectorStore.open(path);
    const reopened = await again.openCollection(spec);
    expect(await reopened.count()).toBe(1);
    await expect(reopened.get([idOf(1)])).rejects.toThrow(/^expected LanceDB to read points, .* doctor --repair$/);
    await again.close();
    expect(await readdir(join(table, '_versions'))).toContain(versions[0]);
  });

  describe('with a damaged index', () => {
    const count = 2_400;
    let whole: string;
    const truncated = (path: string) => truncate(path, 3);
    const rotten = async (path: string) => {
      const bytes = await readFile(path);
      await writeFile(
        path,
        bytes.map((byte, at) => (at % 5 === 0 ? byte ^ 0x5a : byte)),
      );
    };
    /** By which a search waits for ever. */
    const zeroed = async (path: string) => {
      const bytes = await readFile(path);
      await writeFile(path, bytes.fill(0, 880, 912));
    };
    const tableOf = async (path: string) => (await connect(path)).openTable('points');
    const uuidsOf = async (path: string) => {
      const table = await tableOf(path);
      const indexes = await table.listIndices();
      table.close();
      return new Map(indexes.map(({ columns, indexUuid }) => [columns[0]!, indexUuid!]));
    };

    beforeAll(async () => {
      whole = join(folder, 'indexed');
      const store = await openFromFiles(whole);
      const collection = (await store.openCollection(spec)) as LanceDbCollection;
      for (let start = 0; start < count; start += 400)
        await collection.upsert(Array.from({ length: 400 }, (_, index) => point(start + index)));
      await collection.tidy();
      await store.close();
    });

    test.each([
      ['vector', 'index.idx', truncated],
      ['vector', 'auxiliary.idx', truncated],
      ['vector', 'auxiliary.idx', rotten],
      ['number', 'page_lookup.lance', truncated],
      ['number', 'page_lookup.lance', zeroed],
      ['number', 'page_data.lance', truncated],
      ['number', 'page_data.lance', rotten],
      ['id', 'page_lookup.lance', truncated],
      ['id', 'page_data.lance', rotten],
    ] as const)('of %s answers all the same and has it made anew: %s %o', async (column, file, damage) => {
      // The centres of the vectors, and the pages that a tree has, are in memory from the opening on.
      for (const isOpen of ['index.idx', 'page_lookup.lance'].includes(file) ? [false] : [false, true]) {
        const path = await mkdtemp(join(folder, 'damaged-index-'));
        await cp(whole, path, { recursive: true });
        const before = await uuidsOf(path);
        const hurt = () => damage(join(path, 'points.lance', '_indices', before.get(column)!, file));
        const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
        onTestFinished(() => warned.mockRestore());

        if (!isOpen) await hurt();
        const store = await openFromFiles(path);
        const collection = (await store.openCollection(spec)) as LanceDbCollection;
        if (isOpen) await hurt();
        const answers = async () => {
          const filter = { field: 'number', gte: 2_000 } as const;
          const [filtered, every, counted] = await Promise.all([
            collection.query({ vector: unit([3, 1], 8), limit: 5, filter }),
            collection.query({ vector: unit([3, 1], 8), limit: 1 }),
            collection.count(filter),
          ]);
          expect(filtered).toHaveLength(5);
          expect(every).toEqual([{ id: idOf(3), score: 1 }]);
          expect(counted).toBe(400);
          expect(await collection.get([idOf(7)])).toMatchObject([{ payload: { number: 7 } }]);
        };
        if (isOpen) await collection.upsert([point(7)]);
        // By itself: what counts fails, and so has it mended.
        const filter = { field: 'number', gte: 2_000 } as const;
        expect(await collection.query({ vector: unit([3, 1], 8), limit: 5, filter })).toHaveLength(5);
        await answers();
        await collection.upsert([point(8)]);
        await collection.tidy();
        const told = warned.mock.calls.map(([warning]) => String(warning));
        expect(told).toEqual([expect.stringContaining(`the index ${column}_idx of the collection points is damaged`)]);
        await answers();
        await store.close();
        expect(warned).toHaveBeenCalledTimes(1);
        warned.mockRestore();
        const after = await uuidsOf(path);
        expect([...after.keys()].toSorted()).toEqual(['id', 'number', 'vector']);
        expect(after.get(column)).not.toBe(before.get(column));
      }
    });
  });

  test('has a version synced after what it is of, in whatever order the system lists folders', async () => {
    const store = await LanceDbVectorStore.open(join(folder, 'order'));
    const collection = await store.openCollection(spec);
    const { readdir: list } = promises;
    const opened = vi.spyOn(promises, 'open');
    const lists = vi.spyOn(promises, 'readdir').mockImplementation((async (...call: Parameters<typeof list>) => {
      const found = (await list(...call)) as unknown as Dirent[];
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    }) as unknown as typeof list);
    syncBuiltinESMExports();
    onTestFinished(() => {
      lists.mockRestore();
      opened.mockRestore();
      syncBuiltinESMExports();
    });
    await collection.upsert([point(1)]);
    const paths = opened.mock.calls.map(([path]) => String(path));
    const places = (part: string) => paths.flatMap((path, place) => (path.includes(part) ? [place] : []));
    expect(places('/data').length).toBe(2);
    expect(Math.min(...places('/_versions'))).toBeGreaterThan(
      Math.max(...places('/data'), ...places('/_transactions')),
    );
    await store.close();
  });

  test('replaces and deletes while maintenance merges the same fragments', async () => {
    const path = join(folder, 'tidy');
    const store = await LanceDbVectorStore.open(path);
    const collection = await store.openCollection(spec);
    for (let round = 0; round < 150; round++) {
      const numbers = [round % 40, 40 + (round % 30)];
      await collection.upsert(numbers.map((number) => ({ ...point(number), payload: { number: round } })));
      if (round % 3 === 0) await collection.delete([idOf(round % 40)]);
    }
    await store.close();

    const again = await LanceDbVectorStore.open(path);
    const reopened = await again.openCollection(spec);
    // The last 40 rounds, 110 to 149, wrote every number below 40 once, and deleted those of every third round again.
    expect(await reopened.count()).toBe(30 + 40 - 13);
    expect(await reopened.count({ field: 'number', gte: 110 })).toBe(30 + 40 - 13);
    // What was there before this process is replaced too, also beside what is new.
    await reopened.upsert([point(50), { ...point(69), payload: { number: 1_000 } }, point(70)]);
    expect(await reopened.count()).toBe(30 + 40 - 13 + 1);
    expect(await reopened.count({ field: 'number', gte: 1_000 })).toBe(1);
    await again.close();
  });

  test('does one maintenance after the other', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    onTestFinished(() => warn.mockRestore());
    const store = await LanceDbVectorStore.open(join(folder, 'in turn'));
    const collection = await store.openCollection(spec);
    for (let start = 0; start < 4_000; start += 500)
      await collection.upsert(Array.from({ length: 500 }, (_, index) => point(start + index)));
    // So many commits have one start by itself.
    for (let commit = 0; commit < 60; commit++) await collection.upsert([point(4_000 + commit)]);
    await (collection as LanceDbCollection).tidy();
    await store.close();
    expect(warn.mock.calls).toEqual([]);
  });

  test('leaves no folder of an index that was replaced', async () => {
    const path = join(folder, 'replaced');
    const store = await LanceDbVectorStore.open(path);
    const collection = (await store.openCollection(spec)) as LanceDbCollection;
    for (let round = 0; round < 20; round++) {
      await collection.upsert([point(round)]);
      await collection.tidy();
    }
    // What searches may still read is kept for a while.
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    await collection.upsert([point(20)]);
    await collection.tidy();
    later.mockRestore();
    const indexes = await readdir(join(path, 'points.lance', '_indices'));
    expect(indexes.length).toBeLessThan(8);
    expect((await collection.get([idOf(0), idOf(20)])).length).toBe(2);
    await store.close();
  });

  test('finds by the vectors of the moment while all are written anew and files are merged', async () => {
    const store = await openFromFiles(join(folder, 'moving'));
    const collection = await store.openCollection(spec);
    const numbers = Array.from({ length: 40 }, (_, number) => number);
    const written = (round: number) =>
      numbers.map((number) => ({ ...point(number), vector: unit([number, 1, round], 8) }));
    await collection.upsert(written(0));
    const rounds = 60;
    let isDone = false;
    const search = async () => {
      while (!isDone) {
        const found = await collection.query({ vector: unit([1, 1], 8), limit: 100 });
        expect(found.map(({ id }) => id).toSorted()).toEqual(numbers.map(idOf));
      }
    };
    const searches = Promise.all([search(), search(), search(), search()]);
    for (let round = 1; round <= rounds; round++) {
      await collection.upsert(written(round));
      if (round % 2 === 0) await (collection as LanceDbCollection).tidy();
    }
    isDone = true;
    await searches;
    for (const { id, vector } of written(rounds))
      expect((await collection.query({ vector, limit: 1 }))[0]).toEqual({ id, score: 1 });
    await store.close();
  });

  test('finds more rows than it would score here', async () => {
    const store = await openFromFiles(join(folder, 'many'));
    const dimension = 8_192;
    const collection = await store.openCollection({ name: 'many', dimension, payload: {} });
    const count = 1_100;
    const vectorOf = (number: number) => unit([number, 100], dimension);
    for (let start = 0; start < count; start += 100)
      await collection.upsert(
        Array.from({ length: 100 }, (_, index) => ({
          id: idOf(start + index),
          vector: vectorOf(start + index),
          payload: {},
        })),
      );
    for (const number of [0, 500, 1_099]) {
      const found = await collection.query({ vector: vectorOf(number), limit: count });
      expect(new Set(found.map(({ id }) => id)).size).toBe(count);
      expect(found).toContainEqual({ id: idOf(number), score: 1 });
    }
    await store.close();
  });

  describe('with conditions that all rows meet', () => {
    const [hour, own] = [3_600_000, { field: 'kind', in: ['a'] }];
    const filter = {
      and: [
        own,
        {
          and: [
            { field: 'flag', in: [false, true] },
            { field: 'number', gte: 0 },
          ],
        },
      ],
    };
    const pointOf = (number: number, kind: string | null = 'a', flag = false) => ({
      ...point(number),
      payload: { number, kind, flag },
    });

    async function open(name: string) {
      const store = await openFromFiles(join(folder, name));
      const payload = { number: 'number', kind: 'keyword', flag: 'boolean' } as const;
      const collection = await store.openCollection({ ...spec, payload });
      await collection.upsert([1, 2, 3].map((number) => pointOf(number)));
      const asked = vi.spyOn(Object.getPrototypeOf(VectorQuery.prototype) as VectorQuery, 'where');
      const clock = vi.spyOn(performance, 'now');
      onTestFinished(async () => {
        asked.mockRestore();
        clock.mockRestore();
        await store.close();
      });
      const find = async () => {
        asked.mockClear();
        const found = await collection.query({ vector: unit([0, 1], 8), filter, limit: 100 });
        const [each] = await collection.queryEach([unit([0, 1], 8)], { filter, limit: 100 });
        expect(each).toEqual(found);
        // What a search has begun is done before what is written next.
        await (collection as LanceDbCollection).tidy();
        return { ids: found.map(({ id }) => id).toSorted(), asked: asked.mock.calls[0]![0] };
      };
      const later = () => clock.mockReturnValue(performance.now() + hour);
      return { collection, find, later };
    }

    test('does not ask for them', async () => {
      const { find } = await open('common');
      expect((await find()).asked).toContain('kind');
      expect(await find()).toEqual({ ids: [1, 2, 3].map(idOf), asked: '(`number` >= 0)' });
    });

    test.each([
      ['is new', 4, 'b'],
      ['is new and has no value', 4, null],
      ['is written again', 3, 'b'],
    ] as const)('asks for them once a row %s', async (_, number, kind) => {
      const { collection, find } = await open(`met-${number}-${kind}`);
      await find();
      await collection.upsert([pointOf(number, kind)]);
      const others = [1, 2, 3].filter((other) => other !== number);
      expect(await find()).toMatchObject({ ids: others.map(idOf), asked: expect.stringContaining('kind') as string });
    });

    test('asks for them once a payload is changed, and no more once all have one value again', async () => {
      const { collection, find, later } = await open('payload');
      await find();
      await collection.setPayload([pointOf(3, 'b', true)]);
      expect((await find()).ids).toEqual([1, 2].map(idOf));
      await collection.delete([idOf(3)]);
      expect((await find()).asked).toContain('kind');
      later();
      await find();
      expect(await find()).toEqual({ ids: [1, 2].map(idOf), asked: '(`number` >= 0)' });
    });

    test('finds no row that has another value and comes while it searches', async () => {
      const { collection, find } = await open('meanwhile');
      await find();
      const read = vi.spyOn(VectorQuery.prototype, 'toArrow').mockImplementationOnce(async function (
        this: VectorQuery,
      ) {
        read.mockRestore();
        await collection.upsert([pointOf(4, 'b')]);
        return this.toArrow();
      });
      expect((await find()).ids).toEqual([1, 2, 3].map(idOf));
    });
  });

  test('filters by what was changed after maintenance', async () => {
    const store = await openFromFiles(join(folder, 'changed'));
    const payload = { words: 'keywords', word: 'keyword', number: 'number', flag: 'boolean' } as const;
    const collection = await store.openCollection({ name: 'changed', dimension: 8, payload });
    const before = { words: ['old'], word: 'old', number: 1, flag: false };
    await collection.upsert([1, 2, 3].map((number) => ({ ...point(number), payload: before })));
    await (collection as LanceDbCollection).tidy();
    await collection.setPayload([{ id: idOf(1), payload: { words: ['new'], word: 'new', number: 2, flag: true } }]);
    for (const round of ['at once', 'when it is indexed']) {
      expect(await collection.count({ field: 'words', hasAny: ['new'] }), round).toBe(1);
      expect(await collection.count({ field: 'words', hasAll: ['old'] }), round).toBe(2);
      expect(await collection.count({ field: 'word', in: ['new'] }), round).toBe(1);
      expect(await collection.count({ field: 'number', gte: 2 }), round).toBe(1);
      expect(await collection.count({ field: 'flag', in: [true] }), round).toBe(1);
      await (collection as LanceDbCollection).tidy();
    }
    await store.close();
  });

  describe('of thousands, whose payloads are changed again and again', () => {
    const payload = { word: 'keyword', flag: 'boolean', number: 'number' } as const;
    const old = { word: 'old', flag: false, number: 0 };
    const count = 2_400;
    const fill = async (name: string) => {
      const store = await openFromFiles(join(folder, name));
      const collection = (await store.openCollection({ name, dimension: 8, payload })) as LanceDbCollection;
      for (let start = 0; start < count; start += 200)
        await collection.upsert(Array.from({ length: 200 }, (_, index) => ({ ...point(start + index), payload: old })));
      await collection.tidy();
      return { store, collection };
    };
    const changes = (start: number, length: number, number: number) =>
      Array.from({ length }, (_, index) => ({
        id: idOf(start + index),
        payload: { word: `new ${number}`, flag: true, number },
      }));

    test('filters by what they are, and by nothing that they were, whatever maintenance did meanwhile', async () => {
      const { store, collection } = await fill('former');
      const changed = new Set<string>();
      for (let round = 1; round <= 24; round++) {
        const some = changes((round * 520) % (count - 40), 40, round);
        await collection.setPayload(some);
        for (const { id } of some) changed.add(id);
        if (round % 3 === 0) await collection.tidy();
        const left = count - changed.size;
        expect(await collection.count({ field: 'word', in: ['old'] })).toBe(left);
        expect(await collection.count({ field: 'flag', in: [false] })).toBe(left);
        expect(await collection.count({ field: 'number', lte: 0 })).toBe(left);
        expect(await collection.count({ field: 'number', gte: 1 })).toBe(changed.size);
      }
      await store.close();
    });

    test('indexes anew what an earlier version left', async () => {
      const { store, collection } = await fill('earlier');
      await store.close();
      const table = await (await connect(join(folder, 'earlier'))).openTable('earlier');
      for (const field of ['word', 'flag']) await table.createIndex(field, { config: Index.bitmap() });
      const before = await table.listIndices();

      const again = await LanceDbVectorStore.open(join(folder, 'earlier'));
      await again.openCollection(collection.spec);
      await again.close();
      await table.checkoutLatest();
      const after = await table.listIndices();
      table.close();
      const ofFields = after.filter(({ columns }) => columns[0] !== 'vector');
      expect(ofFields.map(({ indexType }) => indexType)).toEqual(['BTree', 'BTree', 'BTree', 'BTree']);
      const former = new Set(before.map(({ indexUuid }) => indexUuid));
      // Those of numbers and ids too: that version may have lost changes of them.
      expect(ofFields.filter(({ indexUuid }) => former.has(indexUuid))).toEqual([]);
    });
  });

  test('opens over what an interrupted creation or removal left', async () => {
    const path = join(folder, 'interrupted');
    await mkdir(join(path, 'points.lance', 'data'), { recursive: true });
    await mkdir(join(path, '.dropped-1', 'data'), { recursive: true });
    const store = await LanceDbVectorStore.open(path);
    const collection = await store.openCollection(spec);
    await collection.upsert([point(1)]);
    expect(await collection.count()).toBe(1);
    expect(await readdir(path)).not.toContain('.dropped-1');
    await store.close();
  });

  test('finishes the writes that were asked for before it closed, and takes none after', async () => {
    const path = join(folder, 'closing');
    const store = await LanceDbVectorStore.open(path);
    const collection = await store.openCollection(spec);
    const writes = Array.from({ length: 20 }, (_, number) => collection.upsert([point(number)]));
    const closing = store.close();
    await Promise.all([...writes, closing]);
    await expect(collection.upsert([point(1)])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(collection.count()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });

    const again = await LanceDbVectorStore.open(path);
    expect(await (await again.openCollection(spec)).count()).toBe(20);
    await again.close();
  });

  test('takes a dimension that cannot be indexed', async () => {
    const store = await openFromFiles(join(folder, 'odd'));
    const collection = await store.openCollection({ name: 'odd', dimension: 5, payload: {} });
    await collection.upsert(
      Array.from({ length: 3_000 }, (_, number) => ({ id: idOf(number), vector: unit([number, 9], 5), payload: {} })),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const found = await collection.query({ vector: unit([1_000, 9], 5), limit: 3 });
    expect(found[0]!.score).toBe(1);
    expect(found).toHaveLength(3);
    await store.close();
  });

  test('says what failed, with its cause', async () => {
    const file = fileURLToPath(import.meta.url);
    const failure = await LanceDbVectorStore.open(join(file, 'below-a-file')).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'VECTOR_STORE_FAILED', cause: expect.anything() as unknown });
  });
});
