import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type {
  CollectionSpec,
  Filter,
  Payload,
  Point,
  VectorCollection,
  VectorStore,
} from '#dist/vectorstore/vectorstore.js';
import { bruteForce, clusteredVectors, idOf, unit } from './vectorstore.points.js';

const PAYLOAD = { libraryId: 'keyword', tags: 'keywords', takenAt: 'number', isFavourite: 'boolean' } as const;
const NOTHING: Payload = { libraryId: null, tags: [], takenAt: null, isFavourite: null };
const ODD_STRINGS = ["o'brien", '50%_\\', '"quoted" `and` \\n', '日本語 🏔️', "'; DROP TABLE points; --", ''];

/**
 * Everything that the rest of Afterimage relies on in a VectorStore.
 *
 * @param open opens the same store every time: what one wrote, the next one finds. It begins without these collections.
 * @param prefix what the names of the collections begin with, where the store is shared with others
 */
export function describeVectorStore(name: string, open: () => Promise<VectorStore>, prefix = 'contract'): void {
  describe(`${name} as a VectorStore`, () => {
    let store: VectorStore;
    let collection: VectorCollection;
    const spec: CollectionSpec = { name: `${prefix}-v1.0_a`, dimension: 8, payload: PAYLOAD };
    const point = (number: number, vector: readonly number[], payload: Partial<Payload> = {}): Point => ({
      id: idOf(number),
      vector: unit(vector, spec.dimension),
      payload: { ...NOTHING, ...payload } as Payload,
    });
    const matching = async (filter: Filter): Promise<number[]> => {
      const found = await collection.query({ vector: unit([1], spec.dimension), filter, limit: 100 });
      expect(await collection.count(filter)).toBe(found.length);
      return found.map(({ id }) => Number.parseInt(id.slice(-12), 16)).sort((a, b) => a - b);
    };

    beforeAll(async () => {
      store = await open();
    });

    test('knows whether a collection is there, and makes none by asking', async () => {
      const name = `${prefix}-asked`;
      for (const isThere of [false, false]) expect(await store.hasCollection(name)).toBe(isThere);
      await store.openCollection({ ...spec, name });
      expect(await store.hasCollection(name)).toBe(true);
      await store.dropCollection(name);
      expect(await store.hasCollection(name)).toBe(false);
    });
    beforeEach(async () => {
      await store.dropCollection(spec.name);
      collection = await store.openCollection(spec);
    });
    afterAll(async () => {
      await store.dropCollection(spec.name);
      await store.close();
    });

    test('answers a ping', async () => {
      await store.ping();
    });

    describe('writing and reading', () => {
      test('returns points as they were written', async () => {
        const points = [
          point(1, [1, 2, 3], { libraryId: 'a', tags: ['x', 'y'], takenAt: 1_700_000_000_123.5, isFavourite: false }),
          point(2, [3, 2, 1]),
        ];
        await collection.upsert(points);
        const found = await collection.get([idOf(2), idOf(1), idOf(3), idOf(1)]);
        expect(found.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(points);
      });

      test('replaces a point of the same id, vector and payload', async () => {
        await collection.upsert([point(1, [1], { libraryId: 'a', tags: ['x'] })]);
        await collection.upsert([point(1, [0, 1], { libraryId: 'b' })]);
        expect(await collection.get([idOf(1)])).toEqual([point(1, [0, 1], { libraryId: 'b' })]);
        expect(await collection.count()).toBe(1);
      });

      test('keeps the last where an id comes twice in one call', async () => {
        await collection.upsert([point(1, [1], { libraryId: 'a' }), point(1, [0, 1], { libraryId: 'b' })]);
        expect(await collection.get([idOf(1)])).toEqual([point(1, [0, 1], { libraryId: 'b' })]);
      });

      test('changes payloads, leaves vectors, passes over unknown ids', async () => {
        await collection.upsert([point(1, [1, 1], { libraryId: 'a' }), point(2, [1, 2], { libraryId: 'a' })]);
        const payload = { ...NOTHING, libraryId: 'b', tags: ['new'] };
        await collection.setPayload([
          { id: idOf(1), payload: NOTHING },
          { id: idOf(1), payload },
          { id: idOf(9), payload },
        ]);
        expect(await collection.get([idOf(1), idOf(9)])).toEqual([point(1, [1, 1], payload)]);
        expect(await matching({ field: 'libraryId', in: ['a'] })).toEqual([2]);
        expect(await matching({ field: 'tags', hasAny: ['new'] })).toEqual([1]);
      });

      test('deletes points, passes over unknown ids', async () => {
        await collection.upsert([1, 2, 3].map((number) => point(number, [number])));
        await collection.delete([idOf(2), idOf(9), idOf(2)]);
        expect(await matching({ and: [] })).toEqual([1, 3]);
        await collection.upsert([point(2, [1])]);
        expect(await collection.count()).toBe(3);
      });

      test('deletes what matches, of what was written before', async () => {
        const filter: Filter = { field: 'libraryId', in: ['a'] };
        await Promise.all([
          collection.upsert([1, 2, 3].map((number) => point(number, [1], { libraryId: number < 3 ? 'a' : 'b' }))),
          collection.deleteMatching(filter),
          collection.upsert([point(2, [1], { libraryId: 'a' })]),
        ]);
        expect(await matching({ and: [] })).toEqual([2, 3]);
        await Promise.all([filter, { or: [] }, filter].map((each) => collection.deleteMatching(each)));
        expect(await matching({ and: [] })).toEqual([3]);
        await collection.deleteMatching({ not: { ids: [] } });
        expect(await collection.count()).toBe(0);
        const unknown = { field: 'unknown', in: ['a'] };
        await expect(collection.deleteMatching(unknown)).rejects.toMatchObject({ code: 'INVALID_FILTER' });
      });

      test('does nothing when there is nothing to do', async () => {
        await collection.upsert([]);
        await collection.deleteMatching({ or: [] });
        await collection.setPayload([]);
        await collection.delete([]);
        expect(await collection.get([])).toEqual([]);
        expect(await collection.query({ vector: unit([1], 8), limit: 10 })).toEqual([]);
        expect(await collection.count({ not: { ids: [] } })).toBe(0);
      });

      test('does calls in their order', async () => {
        const calls = [];
        for (let round = 0; round < 5; round++) {
          calls.push(collection.upsert([point(1, [1]), point(2, [1], { takenAt: round })]));
          calls.push(collection.setPayload([{ id: idOf(1), payload: { ...NOTHING, takenAt: round } }]));
          if (round < 4) calls.push(collection.delete([idOf(1)]));
        }
        await Promise.all(calls);
        expect(await matching({ field: 'takenAt', in: [4] })).toEqual([1, 2]);
      });

      test('takes a hundred calls at once, and every one reads what it wrote', async () => {
        await Promise.all(
          Array.from({ length: 100 }, async (_, number) => {
            await collection.upsert([point(number, [1, number], { takenAt: number })]);
            expect(await collection.get([idOf(number)])).toHaveLength(1);
            expect(await collection.count({ field: 'takenAt', in: [number] })).toBe(1);
          }),
        );
        expect(await collection.count()).toBe(100);
      });

      test('refuses the whole of a bad call, and nothing else', async () => {
        const good = point(1, [1]);
        const notFinite = { ...point(2, [1]), vector: Float32Array.from({ length: 8 }, () => NaN) };
        const bad: [Point, string][] = [
          [notFinite, 'TENSOR_INVALID'],
          [{ ...good, vector: new Float32Array(7) }, 'TENSOR_INVALID'],
          [{ ...good, id: 'not-a-uuid' }, 'INVALID_ARGUMENT'],
          [point(2, [1], { unknown: 1 }), 'INVALID_ARGUMENT'],
          [point(2, [1], { takenAt: 'yesterday' }), 'INVALID_ARGUMENT'],
          [point(2, [1], { tags: null }), 'INVALID_ARGUMENT'],
          [{ ...good, payload: { libraryId: 'a' } }, 'INVALID_ARGUMENT'],
        ];
        const calls = bad.map(([wrong, code]) =>
          expect(collection.upsert([point(3, [1]), wrong])).rejects.toMatchObject({ code }),
        );
        await Promise.all([...calls, collection.upsert([good])]);
        expect(await matching({ and: [] })).toEqual([1]);
      });
    });

    describe('query', () => {
      test('scores by cosine, best first', async () => {
        await collection.upsert([point(1, [1]), point(2, [1, 1]), point(3, [0, 1]), point(4, [-1])]);
        const found = await collection.query({ vector: unit([1], 8), limit: 10 });
        expect(found.map(({ id }) => id)).toEqual([1, 2, 3, 4].map(idOf));
        [1, Math.SQRT1_2, 0, -1].forEach((score, rank) => expect(found[rank]!.score).toBeCloseTo(score, 5));
      });

      test('puts equals in the order of their ids, over pages and writes', async () => {
        const numbers = [7, 3, 12, 1, 9, 4, 11, 2, 10, 5, 8, 6];
        for (const number of numbers) await collection.upsert([point(number, [1, 2, 3])]);
        await collection.upsert([point(99, [3, 2, 1])]);
        const ordered = [...numbers].sort((a, b) => a - b).map(idOf);
        const page = async (offset: number, limit: number) =>
          (await collection.query({ vector: unit([1, 2, 3], 8), limit, offset })).map(({ id }) => id);
        for (let offset = 0; offset < 12; offset += 3)
          expect(await page(offset, 3)).toEqual(ordered.slice(offset, offset + 3));
        expect(await page(10, 10)).toEqual([...ordered.slice(10), idOf(99)]);
        expect(await page(0, 1_000_000)).toEqual([...ordered, idOf(99)]);
        expect(await page(13, 5)).toEqual([]);
        expect(await page(0, 0)).toEqual([]);
      });

      test('answers several vectors as it does each', async () => {
        const equal = Array.from({ length: 40 }, (_, number) => point(number, [1, 2]));
        await collection.upsert([...equal, point(50, [1]), point(51, [0, 1]), point(52, [-1])]);
        const vectors = [unit([1], 8), unit([1, 2], 8), unit([0, 1], 8), unit([1], 8)];
        for (const limit of [0, 1, 5, 60])
          for (const filter of [{ and: [] }, { ids: [50, 51].map(idOf) }, { ids: [] }] satisfies Filter[]) {
            const each = vectors.map((vector) => collection.query({ vector, filter, limit }));
            expect(await collection.queryEach(vectors, { filter, limit })).toEqual(await Promise.all(each));
          }
        expect(await collection.queryEach([], { limit: 5 })).toEqual([]);
        await expect(collection.queryEach([vectors[0]!, new Float32Array(9)], { limit: 1 })).rejects.toMatchObject({
          code: 'TENSOR_INVALID',
        });
        await expect(collection.queryEach(vectors, { limit: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      });

      test('refuses what it cannot answer', async () => {
        const vector = unit([1], 8);
        const field = (condition: object) => ({ vector, limit: 1, filter: condition as Filter });
        const invalid: [Parameters<VectorCollection['query']>[0], string][] = [
          [{ vector: new Float32Array(9), limit: 1 }, 'TENSOR_INVALID'],
          [{ vector: vector.map(() => Infinity), limit: 1 }, 'TENSOR_INVALID'],
          [{ vector, limit: -1 }, 'INVALID_ARGUMENT'],
          [{ vector, limit: 1, offset: 0.5 }, 'INVALID_ARGUMENT'],
          [field({ field: 'unknown', in: ['a'] }), 'INVALID_FILTER'],
          [field({ field: 'constructor', in: ['a'] }), 'INVALID_FILTER'],
          [field({ field: 'tags', in: ['a'] }), 'INVALID_FILTER'],
          [field({ field: 'libraryId', in: [1] }), 'INVALID_FILTER'],
          [field({ field: 'libraryId', hasAny: ['a'] }), 'INVALID_FILTER'],
          [field({ field: 'libraryId', gte: 1 }), 'INVALID_FILTER'],
          [field({ field: 'takenAt', isEmpty: true }), 'INVALID_FILTER'],
          [field({ field: 'takenAt', lte: NaN }), 'INVALID_FILTER'],
          [field({ not: { or: [{ field: 'takenAt', in: [true] }] } }), 'INVALID_FILTER'],
        ];
        for (const [query, code] of invalid) await expect(collection.query(query)).rejects.toMatchObject({ code });
        const deep = Array.from({ length: 100 }).reduce<Filter>((inner) => ({ not: inner }), { ids: [] });
        await expect(collection.count(deep)).rejects.toMatchObject({ code: 'INVALID_FILTER' });
      });
    });

    describe('recommend', () => {
      const target = (...coordinates: number[]) => unit(coordinates, spec.dimension);
      const idsOf = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);
      beforeEach(() =>
        collection.upsert([
          point(1, [1], { libraryId: 'a' }),
          point(2, [0, 1], { libraryId: 'a' }),
          point(3, [1, 1], { libraryId: 'a' }),
          point(4, [1, -1], { libraryId: 'b' }),
          point(5, [-1], { libraryId: 'b' }),
          point(6, [0, 0, 1]),
        ]),
      );

      test('finds what is like the mean of positive examples, ids and vectors, which are not found themselves', async () => {
        const found = await collection.recommend({ positive: [idOf(1), target(0, 1)], limit: 10 });
        expect(idsOf(found)).toEqual([3, 2, 4, 6, 5].map(idOf));
        [1, Math.SQRT1_2, 0, 0, -Math.SQRT1_2].forEach((score, rank) =>
          expect(found[rank]!.score).toBeCloseTo(score, 5),
        );
      });

      test('turns away from the mean of negative examples', async () => {
        const examples = { positive: [target(1)], negative: [idOf(2), target(0, 0, 1)] };
        const found = await collection.recommend({ ...examples, limit: 10 });
        // 2 (1, 0, 0) - (0, 1/2, 1/2)
        const direction = target(2, -0.5, -0.5);
        expect(idsOf(found)).toEqual([1, 4, 3, 6, 5].map(idOf));
        expect(found[0]!.score).toBeCloseTo(direction[0]!, 5);
        expect(found[1]!.score).toBeCloseTo((direction[0]! - direction[1]!) * Math.SQRT1_2, 5);
      });

      test('takes a filter, and pages', async () => {
        const examples = { positive: [idOf(3)], negative: [idOf(5)] };
        const filter: Filter = { field: 'libraryId', in: ['a', 'b'] };
        const all = await collection.recommend({ ...examples, filter, limit: 10 });
        expect(idsOf(all)).toEqual([1, 2, 4].map(idOf));
        expect(await collection.recommend({ ...examples, filter, limit: 1, offset: 1 })).toEqual(all.slice(1, 2));
        expect(await collection.recommend({ ...examples, filter: { or: [] }, limit: 10 })).toEqual([]);
        expect(await collection.recommend({ ...examples, limit: 0 })).toEqual([]);
      });

      test('has no preference where the examples cancel out', async () => {
        const examples = { positive: [idOf(1), idOf(5)] };
        const found = await collection.recommend({ ...examples, limit: 2, offset: 1 });
        expect(found).toEqual([3, 4].map((number) => ({ id: idOf(number), score: 0 })));
      });

      test('refuses what is no example', async () => {
        const bad: [Parameters<VectorCollection['recommend']>[0], string][] = [
          [{ positive: [], limit: 1 }, 'INVALID_ARGUMENT'],
          [{ positive: ['not-a-uuid'], limit: 1 }, 'INVALID_ARGUMENT'],
          [{ positive: [new Float32Array(7)], limit: 1 }, 'TENSOR_INVALID'],
          [{ positive: [target(1)], negative: [target(1).map(() => NaN)], limit: 1 }, 'TENSOR_INVALID'],
          [{ positive: [target(1)], filter: { field: 'tags', in: ['a'] }, limit: 1 }, 'INVALID_FILTER'],
          [{ positive: [target(1)], limit: 1.5 }, 'INVALID_ARGUMENT'],
          [{ positive: [idOf(1), idOf(77)], limit: 1 }, 'POINT_NOT_FOUND'],
          [{ positive: [target(1)], negative: [idOf(77)], limit: 1 }, 'POINT_NOT_FOUND'],
        ];
        for (const [recommendation, code] of bad)
          await expect(collection.recommend(recommendation)).rejects.toMatchObject({ code });
      });
    });

    describe('filters', () => {
      const a: Filter = { field: 'libraryId', in: ['a'] };
      const late: Filter = { field: 'takenAt', gte: 0, lte: 20 };
      beforeEach(() =>
        collection.upsert([
          point(1, [1], { libraryId: 'a', tags: ['x', 'y'], takenAt: -10.5, isFavourite: true }),
          point(2, [1], { libraryId: 'a', tags: ['y'], takenAt: 20, isFavourite: false }),
          point(3, [1], { libraryId: 'b', tags: ['x', 'y', 'z'], takenAt: 30 }),
          point(4, [1], { libraryId: 'c', takenAt: 0, isFavourite: true }),
          point(5, [1]),
        ]),
      );

      test.each<[string, Filter, number[]]>([
        ['one keyword', a, [1, 2]],
        ['several keywords', { field: 'libraryId', in: ['a', 'c', 'none'] }, [1, 2, 4]],
        ['numbers', { field: 'takenAt', in: [-10.5, 30] }, [1, 3]],
        ['booleans', { field: 'isFavourite', in: [false] }, [2]],
        ['either boolean', { field: 'isFavourite', in: [true, false] }, [1, 2, 4]],
        ['nothing', { field: 'libraryId', in: [] }, []],
        ['from', { field: 'takenAt', gte: 20 }, [2, 3]],
        ['to', { field: 'takenAt', lte: 0 }, [1, 4]],
        ['between, both ends', late, [2, 4]],
        ['great numbers', { field: 'takenAt', gte: -1e300, lte: 1e21 }, [1, 2, 3, 4]],
        ['neither end', { field: 'takenAt' }, [1, 2, 3, 4]],
        ['has any', { field: 'tags', hasAny: ['z', 'x'] }, [1, 3]],
        ['has any of none', { field: 'tags', hasAny: [] }, []],
        ['has all', { field: 'tags', hasAll: ['x', 'y'] }, [1, 3]],
        ['has all of none', { field: 'tags', hasAll: [] }, [1, 2, 3, 4, 5]],
        ['is empty', { field: 'tags', isEmpty: true }, [4, 5]],
        ['is not empty', { field: 'tags', isEmpty: false }, [1, 2, 3]],
        ['ids', { ids: [idOf(5), idOf(1), idOf(77)] }, [1, 5]],
        ['an id that is none', { ids: ["'"] }, []],
        ['no ids', { ids: [] }, []],
        ['and', { and: [a, late] }, [2]],
        ['empty and', { and: [] }, [1, 2, 3, 4, 5]],
        ['or', { or: [a, late] }, [1, 2, 4]],
        ['empty or', { or: [] }, []],
        ['and with an empty or', { and: [a, { or: [] }] }, []],
        ['not in: a null is not in', { not: a }, [3, 4, 5]],
        ['not in, booleans', { not: { field: 'isFavourite', in: [true] } }, [2, 3, 5]],
        ['not in nothing', { not: { field: 'libraryId', in: [] } }, [1, 2, 3, 4, 5]],
        ['not between: a null is not between', { not: late }, [1, 3, 5]],
        ['not from', { not: { field: 'takenAt', gte: 20 } }, [1, 4, 5]],
        ['not neither end', { not: { field: 'takenAt' } }, [5]],
        ['not any', { not: { field: 'tags', hasAny: ['z', 'x'] } }, [2, 4, 5]],
        ['not any of none', { not: { field: 'tags', hasAny: [] } }, [1, 2, 3, 4, 5]],
        ['not all', { not: { field: 'tags', hasAll: ['x', 'y'] } }, [2, 4, 5]],
        ['not all of none', { not: { field: 'tags', hasAll: [] } }, []],
        ['not empty', { not: { field: 'tags', isEmpty: true } }, [1, 2, 3]],
        ['not not empty', { not: { field: 'tags', isEmpty: false } }, [4, 5]],
        ['not ids', { not: { ids: [idOf(1), idOf(2)] } }, [3, 4, 5]],
        ['not and', { not: { and: [a, late] } }, [1, 3, 4, 5]],
        ['not or', { not: { or: [a, late] } }, [3, 5]],
        ['not empty and', { not: { and: [] } }, []],
        ['not not', { not: { not: a } }, [1, 2]],
        [
          'nested',
          { or: [{ and: [{ not: a }, { not: late }] }, { and: [a, { field: 'tags', hasAny: ['x'] }] }] },
          [1, 3, 5],
        ],
        [
          'many parts',
          { or: Array.from({ length: 1_000 }, (_, value) => ({ field: 'takenAt', in: [value] })) },
          [2, 3, 4],
        ],
      ])('%s', async (_, filter, numbers) => {
        expect(await matching(filter)).toEqual(numbers);
      });

      test('takes twenty levels', async () => {
        const deep = Array.from({ length: 20 }).reduce<Filter>((inner, _, level) => {
          return level % 2 ? { and: [inner, { not: late }] } : { or: [inner, { ids: [idOf(4)] }] };
        }, a);
        expect(await matching(deep)).toEqual([1]);
      });

      test('takes any string', async () => {
        await collection.upsert(
          ODD_STRINGS.map((odd, index) => point(100 + index, [1], { libraryId: odd, tags: [odd, 'odd'] })),
        );
        for (const [index, odd] of ODD_STRINGS.entries()) {
          expect(await matching({ field: 'libraryId', in: [odd] })).toEqual([100 + index]);
          expect(await matching({ field: 'tags', hasAny: [odd, 'none'] })).toEqual([100 + index]);
          expect(await matching({ field: 'tags', hasAll: [odd, 'odd'] })).toEqual([100 + index]);
          const [found] = await collection.get([idOf(100 + index)]);
          expect(found!.payload).toMatchObject({ libraryId: odd, tags: [odd, 'odd'] });
        }
        expect(await matching({ and: [{ not: { field: 'libraryId', in: ODD_STRINGS } }, { not: a }] })).toEqual([
          3, 4, 5,
        ]);
      });
    });

    describe('collections', () => {
      test('are told apart', async () => {
        const other = await store.openCollection({ name: `${prefix}-other`, dimension: 3, payload: {} });
        await other.upsert([{ id: idOf(1), vector: unit([1], 3), payload: {} }]);
        await other.setPayload([{ id: idOf(1), payload: {} }]);
        expect(await other.count()).toBe(1);
        expect(await collection.count()).toBe(0);
        await store.dropCollection(`${prefix}-other`);
        await store.dropCollection(`${prefix}-other`);
      });

      test('keep everything when the store is opened again', async () => {
        const points = [1, 2, 3].map((number) => point(number, [number, 1], { libraryId: 'a', tags: ['x'] }));
        await collection.upsert(points);
        await store.close();
        store = await open();
        collection = await store.openCollection(spec);
        expect((await collection.get(points.map(({ id }) => id))).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
          points,
        );
        expect(await matching({ field: 'tags', hasAny: ['x'] })).toEqual([1, 2, 3]);
      });

      test('are not opened as something else, now or later', async () => {
        const others: CollectionSpec[] = [
          { ...spec, dimension: 16 },
          { ...spec, payload: { ...PAYLOAD, takenAt: 'keyword' } },
          { ...spec, payload: { ...PAYLOAD, takenAt: 'keyword', more: 'keyword' } },
          { ...spec, payload: { libraryId: 'keyword' } },
        ];
        for (const reopen of [false, true]) {
          if (reopen) {
            await store.close();
            store = await open();
          }
          for (const other of others)
            await expect(store.openCollection(other)).rejects.toMatchObject({ code: 'VECTOR_COLLECTION_MISMATCH' });
        }
        collection = await store.openCollection(spec);
      });

      test('are given the fields that they lack when they are opened again, which are empty until they are written', async () => {
        const old = [1, 2].map((number) =>
          point(number, [number, 1], { libraryId: 'a', tags: ['x'], takenAt: number }),
        );
        await collection.upsert(old);
        const grown: CollectionSpec = {
          ...spec,
          payload: { colours: 'keywords', ...PAYLOAD, lens: 'keyword', latitude: 'number', isRaw: 'boolean' },
        };
        // Not while it is open: those who have it open would write points without them.
        await expect(store.openCollection(grown)).rejects.toMatchObject({ code: 'VECTOR_COLLECTION_MISMATCH' });
        for (const reopen of [1, 2]) {
          await store.close();
          store = await open();
          collection = await store.openCollection(grown);
          expect(collection.spec).toEqual(grown);
          if (reopen === 1) await collection.setPayload([]);
        }
        const empty = { colours: [], lens: null, latitude: null, isRaw: null };
        const byId = (points: Point[]) => points.sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(byId(await collection.get(old.map(({ id }) => id)))).toEqual(
          old.map(({ payload, ...rest }) => ({ ...rest, payload: { ...payload, ...empty } })),
        );
        const none: Filter[] = [
          { field: 'colours', hasAny: ['red'] },
          { field: 'lens', in: ['50mm'] },
          { field: 'latitude', gte: -90 },
          { field: 'isRaw', in: [false] },
        ];
        for (const filter of none) {
          expect(await matching(filter)).toEqual([]);
          expect(await matching({ not: filter })).toEqual([1, 2]);
        }
        const full = { colours: ['red'], lens: '50mm', latitude: 1.5, isRaw: false };
        await collection.setPayload([{ id: idOf(1), payload: { ...old[0]!.payload, ...full } }]);
        await collection.upsert([{ ...point(3, [1]), payload: { ...NOTHING, ...full } }]);
        for (const filter of none) {
          expect(await matching(filter)).toEqual([1, 3]);
          expect(await matching({ not: filter })).toEqual([2]);
        }
        expect(await matching({ field: 'tags', hasAny: ['x'] })).toEqual([1, 2]);

        await store.close();
        store = await open();
        await expect(store.openCollection(spec)).rejects.toMatchObject({ code: 'VECTOR_COLLECTION_MISMATCH' });
      });

      test('have plain names', async () => {
        for (const name of ['', '../up', 'a/b', "a'b"]) {
          await expect(store.openCollection({ ...spec, name })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
          await expect(store.dropCollection(name)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
        }
      });
    });

    describe('at six thousand points', () => {
      const large: CollectionSpec = { name: `${prefix}-large`, dimension: 64, payload: PAYLOAD };
      const vectors = clusteredVectors(6_050, large.dimension, 40);
      const queries = vectors.slice(6_000);
      const points: Point[] = vectors.slice(0, 6_000).map((vector, number) => ({
        id: idOf(number),
        vector,
        payload: {
          libraryId: `library-${number % 5}`,
          tags: [`tag-${number % 97}`],
          takenAt: number,
          isFavourite: number % 2 === 0,
        },
      }));
      let filled: VectorCollection;

      beforeAll(async () => {
        filled = await store.openCollection(large);
        for (let start = 0; start < 6_000; start += 500) await filled.upsert(points.slice(start, start + 500));
        // Once indexed, some are written anew: both must be found together.
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        await filled.upsert(points.slice(100, 400));
      });
      afterAll(() => store.dropCollection(large.name));

      test.each<[string, Filter | undefined, (number: number) => boolean]>([
        ['without a filter', undefined, () => true],
        ['in one library', { field: 'libraryId', in: ['library-3'] }, (number) => number % 5 === 3],
        ['with one tag', { field: 'tags', hasAny: ['tag-7'] }, (number) => number % 97 === 7],
        ['in a short range', { field: 'takenAt', gte: 380, lte: 425 }, (number) => number >= 380 && number <= 425],
        ['with fewer than asked', { field: 'takenAt', lte: 4 }, (number) => number <= 4],
        [
          'but for most of it',
          { and: [{ field: 'isFavourite', in: [true] }, { not: { field: 'takenAt', gte: 300, lte: 5_000 } }] },
          (number) => number % 2 === 0 && (number < 300 || number > 5_000),
        ],
      ])('finds what an exact search finds, %s', async (_, filter, isMatch) => {
        let [hits, total] = [0, 0];
        for (const vector of queries) {
          const exact = bruteForce(points, vector, isMatch).slice(0, 20);
          const found = await filled.query({ vector, limit: 20, ...(filter && { filter }) });
          expect(found).toHaveLength(exact.length);
          const scores = new Map(found.map(({ id, score }) => [id, score]));
          for (const { id, score } of exact) {
            if (!scores.has(id)) continue;
            hits++;
            expect(scores.get(id)).toBeCloseTo(score, 5);
          }
          total += exact.length;
        }
        expect(hits / total).toBeGreaterThanOrEqual(0.99);
        const page = { limit: 20, ...(filter && { filter }) };
        const each = await Promise.all(queries.map((vector) => filled.query({ vector, ...page })));
        expect(await filled.queryEach(queries, page)).toEqual(each);
      });

      test('pages through without gaps or repeats', async () => {
        const filter: Filter = { field: 'libraryId', in: ['library-2'] };
        const seen: string[] = [];
        for (let offset = 0; offset < 300; offset += 50)
          seen.push(...(await filled.query({ vector: queries[0]!, filter, limit: 50, offset })).map(({ id }) => id));
        expect(new Set(seen).size).toBe(300);
        const exact = new Set(
          bruteForce(points, queries[0]!, (number) => number % 5 === 2)
            .slice(0, 300)
            .map(({ id }) => id),
        );
        expect(seen.filter((id) => exact.has(id)).length).toBeGreaterThanOrEqual(297);
      });

      test('has a last page, and nothing beyond it, however far', async () => {
        const query = { vector: queries[0]!, limit: 20 };
        expect(await filled.query({ ...query, offset: 5_990 })).toHaveLength(10);
        for (const offset of [6_000, 20_000, 2 ** 31 - 1]) expect(await filled.query({ ...query, offset })).toEqual([]);
      });

      test('repeats nothing on any page, also where all are about as near', async () => {
        // At right angles to whatever lies in the clusters, as texts are to pictures.
        const far = clusteredVectors(40, large.dimension, 1_000);
        for (const vector of far) {
          const seen: string[] = [];
          for (let offset = 0; offset < 200; offset += 20)
            seen.push(...(await filled.query({ vector, limit: 20, offset })).map(({ id }) => id));
          expect(new Set(seen).size).toBe(200);
        }
      });

      test('takes thousands of ids', async () => {
        const ids = points.slice(1_000, 5_000).map(({ id }) => id);
        expect(await filled.get(ids)).toHaveLength(4_000);
        expect(await filled.count({ ids })).toBe(4_000);
        expect(await filled.query({ vector: queries[0]!, filter: { not: { ids } }, limit: 5_000 })).toHaveLength(2_000);
      });

      test('lists every id once', async () => {
        const pages: string[][] = [];
        for await (const page of filled.scrollIds()) pages.push(page);
        expect(pages.length).toBeGreaterThan(1);
        expect(pages.flat().sort()).toEqual(points.map(({ id }) => id));
      });

      test('changes the payloads of hundreds, and their vectors are still found', async () => {
        const moved = points.slice(2_000, 2_600);
        await filled.setPayload(moved.map(({ id, payload }) => ({ id, payload: { ...payload, libraryId: 'moved' } })));
        const filter: Filter = { field: 'libraryId', in: ['moved'] };
        expect(await filled.count(filter)).toBe(600);
        const found = await filled.query({ vector: queries[2]!, filter, limit: 20 });
        const exact = bruteForce(moved, queries[2]!, () => true).slice(0, 20);
        expect(found.map(({ id }) => id)).toEqual(exact.map(({ id }) => id));
        expect((await filled.get([moved[7]!.id]))[0]!.vector).toEqual(moved[7]!.vector);
      });

      test('deletes thousands, and the rest is still found', async () => {
        await filled.delete(points.slice(0, 3_000).map(({ id }) => id));
        expect(await filled.count()).toBe(3_000);
        const vector = queries[1]!;
        const found = await filled.query({ vector, limit: 20 });
        const exact = bruteForce(points, vector, (number) => number >= 3_000).slice(0, 20);
        expect(found.map(({ id }) => id)).toEqual(exact.map(({ id }) => id));
      });
    });
  });
}
