import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LanceDbCollection } from '#dist/vectorstore/lancedb.collection.js';
import { LanceDbVectorStore } from '#dist/vectorstore/lancedb.js';
import { VectorRows } from '#dist/vectorstore/vector-rows.js';
import type { CollectionSpec, Filter, Payload, VectorCollection } from '#dist/vectorstore/vectorstore.js';
import { clusteredVectors, idOf, unit } from '../contract/vectorstore.points.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'afterimage-small-table-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('A collection that is kept in memory', () => {
  // No multiple of what is multiplied at a time.
  const dimension = 12;
  const payload = { word: 'keyword', words: 'keywords', number: 'number', flag: 'boolean' } as const;
  const spec: CollectionSpec = { name: 'points', dimension, payload };
  const HOUR_MS = 3_600_000;
  const VECTORS = clusteredVectors(400, dimension, 8);
  const [FIRST, SECOND] = [VECTORS[0]!, VECTORS[1]!];

  const payloadOf = (number: number): Payload => ({
    word: number % 5 === 0 ? null : `word ${number % 3}`,
    words: ['a', 'b', 'c'].filter((_, place) => (number >> place) % 2 === 1),
    number: number % 7 === 0 ? null : number / 2,
    flag: number % 4 === 0 ? null : number % 2 === 0,
  });
  const pointOf = (number: number, vector = VECTORS[number]!) => ({
    id: idOf(number),
    vector,
    payload: payloadOf(number),
  });
  const points = (start: number, end: number) =>
    Array.from({ length: end - start }, (_, index) => pointOf(start + index));

  const FILTERS: (Filter | undefined)[] = [
    undefined,
    { field: 'word', in: ['word 1'] },
    { field: 'word', in: ['word 1', 'word 2'] },
    { not: { field: 'word', in: ['word 1'] } },
    { field: 'flag', in: [true] },
    { not: { field: 'flag', in: [true, false] } },
    { field: 'number', gte: 20.5, lte: 90 },
    { field: 'number' },
    { not: { field: 'number', lte: 90 } },
    { field: 'number', in: [1, 2.5] },
    { field: 'words', hasAny: ['a', 'z'] },
    { field: 'words', hasAll: ['a', 'b'] },
    { not: { field: 'words', hasAll: ['a', 'b'] } },
    { field: 'words', isEmpty: true },
    { field: 'words', isEmpty: false },
    { ids: [idOf(3), idOf(300), idOf(999)] },
    {
      and: [
        { not: { ids: [idOf(3)] } },
        {
          or: [
            { field: 'flag', in: [true] },
            { field: 'words', hasAny: ['c'] },
          ],
        },
      ],
    },
    ...[[], [idOf(1)]].flatMap((none): Filter[] => [{ ids: none }, { not: { ids: none } }]),
    { and: [] },
    { or: [] },
    { field: 'word', in: [] },
    { field: 'words', hasAny: [] },
    { field: 'words', hasAll: [] },
  ];

  async function answersOf(collection: VectorCollection) {
    const ofEach = [];
    for (const filter of FILTERS)
      ofEach.push({
        filter: JSON.stringify(filter),
        count: await collection.count(filter),
        all: await collection.query({ vector: FIRST, filter, limit: 1_000 }),
        page: await collection.query({ vector: SECOND, filter, limit: 7, offset: 5 }),
        each: await collection.queryEach([FIRST, SECOND], { filter, limit: 3 }),
        recommended: await collection.recommend({ positive: [idOf(30), FIRST], negative: [SECOND], filter, limit: 9 }),
        equal: await collection.recommend({ positive: [FIRST], negative: [FIRST, FIRST], filter, limit: 9, offset: 2 }),
      });
    const found = await collection.get(Array.from({ length: 500 }, (_, number) => idOf(number)));
    const plain = found.map(({ vector, ...point }) => ({ ...point, vector: [...vector] }));
    return { ofEach, points: plain.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
  }

  /** The same but for the last digit of its scores, which are summed up in another order. */
  function about(answers: unknown): unknown {
    return JSON.parse(JSON.stringify(answers), (key, value: unknown) =>
      key === 'score' ? (expect.closeTo(value as number, 5) as unknown) : value,
    );
  }

  /** Whether LanceDB was asked for what `read` reads. */
  async function isRead(collection: VectorCollection, read: () => Promise<unknown>): Promise<boolean> {
    const { table } = collection as unknown as { table: Table };
    const asked = vi.spyOn(table, 'query');
    await read();
    const { length } = asked.mock.calls;
    asked.mockRestore();
    return length > 0;
  }

  test('answers, whatever was written, as its files do', async () => {
    const path = join(folder, 'written');
    const store = await LanceDbVectorStore.open(path);
    const collection = await store.openCollection(spec);
    await collection.upsert(points(0, 150));
    await collection.upsert(points(150, 300));
    await collection.upsert([...points(290, 310), pointOf(5, VECTORS[320]), pointOf(299, VECTORS[321])]);
    await collection.setPayload([10, 11, 399].map((number) => ({ id: idOf(number), payload: payloadOf(number + 1) })));
    // The last one and its neighbours among them.
    await collection.delete([0, 17, 150, 308, 309, 399].map(idOf));
    await collection.deleteMatching({ field: 'number', gte: 100, lte: 110 });
    await collection.upsert([pointOf(17, VECTORS[330]), pointOf(340)]);
    const answers: unknown[] = [];
    expect(await isRead(collection, async () => answers.push(await answersOf(collection)))).toBe(false);
    await store.close();

    for (const bytesInMemory of [0, undefined]) {
      const again = await LanceDbVectorStore.open(path, bytesInMemory);
      const found = await answersOf(await again.openCollection(spec));
      expect(found, String(bytesInMemory)).toEqual(about(answers[0]));
      await again.close();
    }
  });

  test('knows after each write what meets a filter that it was asked before', async () => {
    const store = await LanceDbVectorStore.open(join(folder, 'asked-again'));
    const collection = await store.openCollection(spec);
    const filter: Filter = { field: 'word', in: ['word 1'] };
    const writes: [() => Promise<void>, number[]][] = [
      [() => collection.upsert(points(0, 9)), [1, 4, 7]],
      [() => collection.setPayload([{ id: idOf(2), payload: payloadOf(1) }]), [1, 2, 4, 7]],
      [() => collection.delete([idOf(4)]), [1, 2, 7]],
      [() => collection.deleteMatching({ field: 'number', lte: 1 }), [7]],
      [() => collection.upsert([pointOf(13), pointOf(14)]), [7, 13]],
    ];
    for (const [write, expected] of writes) {
      await write();
      const found = await collection.query({ vector: FIRST, filter, limit: 10 });
      expect(found.map(({ id }) => id).toSorted()).toEqual(expected.map(idOf));
    }
    await store.close();
  });

  test('is answered by LanceDB once it is larger, and from memory again a while after it is not', async () => {
    const store = await LanceDbVectorStore.open(join(folder, 'grown'), 100_000);
    const collection = await store.openCollection(spec);
    const find = async (count: number) => {
      const found = await collection.query({ vector: FIRST, limit: 500 });
      expect(found.map(({ id }) => id).toSorted()).toEqual(points(0, count).map(({ id }) => id));
    };
    await collection.upsert(points(0, 100));
    expect(await isRead(collection, () => find(100))).toBe(false);
    await collection.upsert(points(100, 200));
    expect(await isRead(collection, () => find(200))).toBe(true);
    await collection.delete(points(50, 200).map(({ id }) => id));
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + HOUR_MS);
    onTestFinished(() => clock.mockRestore());
    await vi.waitFor(async () => expect(await isRead(collection, () => find(50))).toBe(false));
    await store.close();
  });

  test('is read anew after a write that failed, of which nobody knows what it did', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const clock = vi.spyOn(performance, 'now');
    onTestFinished(() => {
      warned.mockRestore();
      clock.mockRestore();
    });
    const store = await LanceDbVectorStore.open(join(folder, 'failed'));
    const collection = await store.openCollection(spec);
    await collection.upsert(points(0, 3));
    const { table } = collection as unknown as { table: Table };
    const add = table.add.bind(table);
    vi.spyOn(table, 'add').mockImplementationOnce(async (...rows) => {
      await add(...rows);
      throw new Error('no answer');
    });
    await expect(collection.upsert([pointOf(3)])).rejects.toMatchObject({ code: 'VECTOR_STORE_FAILED' });
    const find = async () => {
      const found = await collection.query({ vector: VECTORS[3]!, limit: 1 });
      expect(found).toEqual([{ id: idOf(3), score: 1 }]);
    };
    expect(await isRead(collection, find)).toBe(true);

    vi.spyOn(table, 'countRows').mockRejectedValueOnce(new Error('no such file'));
    clock.mockReturnValue(performance.now() + HOUR_MS);
    expect(await isRead(collection, find)).toBe(true);
    await vi.waitFor(() => expect(String(warned.mock.calls[0]![0])).toContain('no such file'));
    clock.mockReturnValue(performance.now() + HOUR_MS);
    await vi.waitFor(async () => expect(await isRead(collection, find)).toBe(false));
    await store.close();
  });

  test('is answered by LanceDB under a filter that would hold the thread', async () => {
    const store = await LanceDbVectorStore.open(join(folder, 'filtered'));
    const collection = await store.openCollection(spec);
    await collection.upsert(points(0, 20));
    for (const [count, isAsked] of [
      [20, false],
      [21, true],
    ] as const) {
      const parts = Array.from({ length: count - 1 }, (_, number): Filter => ({
        field: 'number',
        gte: number,
        lte: 9,
      }));
      const filter: Filter = { and: [{ or: parts }, { not: { field: 'word', in: ['word 1'] } }] };
      const found: unknown[] = [];
      const read = async () => {
        found.push((await collection.query({ vector: FIRST, filter, limit: 20 })).map(({ id }) => id));
        found.push(await collection.count(filter));
      };
      expect(await isRead(collection, read)).toBe(isAsked);
      const expected = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18].filter(
        (number) => number % 5 === 0 || number % 3 !== 1,
      );
      expect((found[0] as string[]).toSorted()).toEqual(expected.map(idOf));
      expect(found[1]).toBe(expected.length);
    }
    await store.close();
  });

  test('keeps a write that its memory has no room for', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    onTestFinished(() => warned.mockRestore());
    const store = await LanceDbVectorStore.open(join(folder, 'no room'));
    const collection = await store.openCollection(spec);
    await collection.upsert([pointOf(1)]);
    const full = vi.spyOn(VectorRows.prototype, 'set').mockImplementationOnce(() => {
      throw new RangeError('no memory');
    });
    onTestFinished(() => full.mockRestore());
    await collection.upsert([pointOf(2)]);
    expect(await collection.count()).toBe(2);
    expect(String(warned.mock.calls[0]![0])).toContain('no memory');
    await store.close();
  });

  test('has no index of its vectors until it is larger', async () => {
    const path = join(folder, 'indexed');
    const indexed = async (bytesInMemory?: number) => {
      const store = await LanceDbVectorStore.open(path, bytesInMemory);
      const collection = await store.openCollection({ ...spec, dimension: 16 });
      if ((await collection.count()) === 0)
        await collection.upsert(
          Array.from({ length: 2_400 }, (_, number) => pointOf(number, unit([number + 1, 9], 16))),
        );
      await (collection as LanceDbCollection).tidy();
      const { table } = collection as unknown as { table: Table };
      const indexes = await table.listIndices();
      const [best] = await collection.query({ vector: unit([1, 9], 16), limit: 1 });
      expect(best).toEqual({ id: idOf(0), score: 1 });
      await store.close();
      return indexes.flatMap(({ columns }) => columns).toSorted();
    };
    expect(await indexed()).toEqual(['flag', 'id', 'number', 'word']);
    expect(await indexed(0)).toEqual(['flag', 'id', 'number', 'vector', 'word']);
  });

  test('keeps what it gave, whatever is written later', async () => {
    const store = await LanceDbVectorStore.open(join(folder, 'given'));
    const collection = await store.openCollection({ name: 'wide', dimension: 1_024, payload: {} });
    const wide = (number: number) => ({ id: idOf(number), vector: unit([number, 1], 1_024), payload: {} });
    await collection.upsert([wide(1)]);
    const [given] = await collection.get([idOf(1)]);
    // More than what its memory grows by.
    await collection.upsert(Array.from({ length: 600 }, (_, number) => wide(number + 2)));
    await collection.upsert([{ ...wide(1), vector: unit([0, 1], 1_024) }]);
    expect(given).toEqual(wide(1));
    expect(await collection.query({ vector: unit([0, 1], 1_024), limit: 1 })).toEqual([{ id: idOf(1), score: 1 }]);
    await store.close();
  });
});
