import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { QdrantVectorStore } from '#dist/vectorstore/qdrant.js';
import { CLIENT_MINOR, type QdrantOptions } from '#dist/vectorstore/qdrant.client.js';
import type { CollectionSpec } from '#dist/vectorstore/vectorstore.js';
import { describeVectorStore } from '../contract/vectorstore.contract.js';
import { idOf, unit } from '../contract/vectorstore.points.js';
import { Refusal } from '../support/qdrant-double/refusal.js';
import { QdrantDouble } from '../support/qdrant-double/server.js';

let double: QdrantDouble;
beforeAll(async () => {
  double = await QdrantDouble.start();
});
afterAll(() => double.close());

const optionsOf = (url: string, more: Partial<QdrantOptions> = {}): QdrantOptions => ({
  url,
  quantisation: 'none',
  isOnDisk: false,
  ...more,
});

describeVectorStore('Qdrant (a double)', () => QdrantVectorStore.open(optionsOf(double.url)));
describeVectorStore(
  'Qdrant (a double), quantised',
  () => QdrantVectorStore.open(optionsOf(double.url, { quantisation: 'int8', hnswEf: 200 })),
  'quantised',
);

const { QDRANT_URL: realUrl, QDRANT_API_KEY: apiKey } = process.env;
if (realUrl) {
  const prefix = `afterimage-test-${randomUUID()}`;
  const openReal = () => QdrantVectorStore.open(optionsOf(realUrl, { apiKey }));
  describeVectorStore('Qdrant', openReal, prefix);
  afterAll(async () => {
    const store = await openReal();
    for (const name of ['-v1.0_a', '-other', '-large']) await store.dropCollection(prefix + name);
    await store.close();
  });
} else {
  test.skip('Qdrant as a VectorStore: docker run -p 6333:6333 qdrant/qdrant:v1.18.0, then QDRANT_URL=http://127.0.0.1:6333 npm test', () =>
    undefined);
}

describe('QdrantVectorStore', () => {
  const spec: CollectionSpec = { name: 'points', dimension: 3, payload: { tags: 'keywords', size: 'number' } };
  const point = { id: idOf(1), vector: unit([1, 2], 3), payload: { tags: ['a'], size: null } };
  const open = (more: Partial<QdrantOptions> = {}) => QdrantVectorStore.open(optionsOf(double.url, more));
  const requestsTo = (path: RegExp) => double.requests.filter((request) => path.test(request.path));

  beforeEach(() => {
    double.collections.clear();
    double.aliases.clear();
    double.requests.length = 0;
  });
  afterEach(() => {
    Object.assign(double, { version: '1.18.0', apiKey: undefined, beforeAnswer: () => undefined });
    vi.restoreAllMocks();
  });

  test('puts an alias in front of a collection, once its indexes are made', async () => {
    const store = await open();
    await (await store.openCollection(spec)).upsert([point]);
    expect([...double.collections.keys()]).toEqual(['points--1']);
    expect([...double.aliases]).toEqual([['points', 'points--1']]);
    const writes = double.requests
      .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/count'))
      .map(({ method, path }) => `${method} ${path}`);
    expect(writes).toEqual([
      'PUT /collections/points--1',
      'PUT /collections/points--1/index',
      'PUT /collections/points--1/index',
      'POST /collections/aliases',
      'PUT /collections/points/points',
    ]);
    expect(requestsTo(/\/index$/).map(({ body }) => body)).toEqual([
      { field_name: 'tags', field_schema: 'keyword' },
      { field_name: 'size', field_schema: 'float' },
    ]);
    await store.dropCollection('points');
    expect([double.collections.size, double.aliases.size]).toEqual([0, 0]);
  });

  test('keeps apart the installations that share a server, by what their names begin with', async () => {
    const [ours, theirs] = [await open({ collectionPrefix: 'ours-' }), await open({ collectionPrefix: 'theirs-' })];
    const collection = await ours.openCollection(spec);
    await collection.upsert([point]);
    expect(await (await theirs.openCollection(spec)).count()).toBe(0);
    expect([...double.aliases.keys()]).toEqual(['ours-points', 'theirs-points']);
    await theirs.dropCollection(spec.name);
    expect(await collection.get([point.id])).toEqual([point]);
    expect((await collection.query({ vector: point.vector, limit: 1 }))[0]!.id).toBe(point.id);
    expect([...double.collections.keys()]).toEqual(['ours-points--1']);
  });

  test('leaves to the server what was not set', async () => {
    await (await open()).openCollection(spec);
    expect(requestsTo(/\/points--1$/)[0]!.body).toEqual({
      vectors: { size: 3, distance: 'Cosine', on_disk: false },
      metadata: { afterimage: { payload: spec.payload } },
    });
  });

  test('creates with shards, replicas, quantisation, vectors on disk and a graph as set, and searches so', async () => {
    const store = await open({
      shardCount: 6,
      replicaCount: 2,
      writeConsistency: 2,
      quantisation: 'int8',
      isOnDisk: true,
      hnswM: 32,
      hnswEfConstruct: 256,
      hnswEf: 128,
    });
    const collection = await store.openCollection(spec);
    expect(requestsTo(/\/points--1$/)[0]!.body).toEqual({
      vectors: { size: 3, distance: 'Cosine', on_disk: true },
      shard_number: 6,
      replication_factor: 2,
      write_consistency_factor: 2,
      hnsw_config: { m: 32, ef_construct: 256 },
      quantization_config: { scalar: { type: 'int8', always_ram: true } },
      metadata: { afterimage: { payload: spec.payload } },
    });
    await collection.query({ vector: point.vector, limit: 5 });
    expect(requestsTo(/\/query$/)[0]!.body).toMatchObject({
      params: {
        indexed_only: false,
        hnsw_ef: 128,
        quantization: { ignore: false, rescore: true, oversampling: 2 },
      },
    });
  });

  test('warns of settings that a collection was not created with', async () => {
    await (await open()).openCollection(spec);
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await (await open()).openCollection(spec);
    expect(warn).not.toHaveBeenCalled();
    await (await open({ quantisation: 'int8', hnswM: 32 })).openCollection(spec);
    expect(warn.mock.calls[0]![0]).toContain('HNSW m 16 instead of 32, quantisation none instead of int8');
  });

  test('is opened by many at once, one of which creates', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => open()));
    const collections = await Promise.all(stores.map((store) => store.openCollection(spec)));
    await Promise.all(collections.map((collection) => collection.upsert([point])));
    expect(requestsTo(/\/points--1$/).filter(({ method }) => method === 'PUT').length).toBeGreaterThan(1);
    expect(await collections[0]!.count()).toBe(1);
    expect(double.collections.size).toBe(1);
  });

  test('finishes a creation that was interrupted anywhere', async () => {
    for (let after = 0; after <= 4; after++) {
      double.collections.clear();
      let left = after;
      double.beforeAnswer = ({ method }) => {
        if (method !== 'GET' && left-- === 0) throw new Refusal(500, 'interrupted');
      };
      const interrupted = { code: 'VECTOR_STORE_FAILED' };
      await expect((await open()).openCollection(spec)).rejects.toMatchObject(interrupted);
      double.beforeAnswer = () => undefined;
      await (await (await open()).openCollection(spec)).upsert([point]);
      await (await open()).dropCollection('points');
    }
  });

  test('finishes an extension that was interrupted anywhere', async () => {
    const grown: CollectionSpec = { ...spec, payload: { ...spec.payload, lens: 'keyword', isRaw: 'boolean' } };
    for (let after = 0; after <= 2; after++) {
      await (await (await open()).openCollection(spec)).upsert([point]);
      let left = after;
      double.beforeAnswer = ({ method }) => {
        if (method !== 'GET' && left-- === 0) throw new Refusal(500, 'interrupted');
      };
      const interrupted = { code: 'VECTOR_STORE_FAILED' };
      await expect((await open()).openCollection(grown)).rejects.toMatchObject(interrupted);
      double.beforeAnswer = () => undefined;
      const collections = await Promise.all([0, 1].map(async () => (await open()).openCollection(grown)));
      expect(await collections[1]!.count({ not: { field: 'isRaw', in: [true] } })).toBe(1);
      await (await open()).dropCollection('points');
    }
  });

  test('refuses what is there and is something else', async () => {
    const keyword: CollectionSpec = { ...spec, payload: { tags: 'keyword', size: 'number' } };
    const mismatch = { code: 'VECTOR_COLLECTION_MISMATCH' };
    const create = async (name: string, distance: 'Cosine' | 'Dot', metadata: object | undefined) => {
      const body = JSON.stringify({ vectors: { size: 3, distance }, ...(metadata && { metadata }) });
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${double.url}/collections/${name}`, { method: 'PUT', headers, body })).status).toBe(200);
    };
    const ours = { afterimage: { payload: spec.payload } };
    await (await open()).openCollection(spec);
    await expect((await open()).openCollection(keyword)).rejects.toMatchObject(mismatch);

    await create('taken', 'Cosine', ours);
    await expect((await open()).openCollection({ ...spec, name: 'taken' })).rejects.toMatchObject(mismatch);
    await create('dot--1', 'Dot', ours);
    await expect((await open()).openCollection({ ...spec, name: 'dot' })).rejects.toMatchObject(mismatch);
    await create('foreign--1', 'Cosine', undefined);
    await expect((await open()).openCollection({ ...spec, name: 'foreign' })).rejects.toMatchObject(mismatch);

    await create('bare--1', 'Cosine', ours);
    double.aliases.set('bare', 'bare--1');
    await expect((await open()).openCollection({ ...spec, name: 'bare' })).rejects.toMatchObject(mismatch);
  });

  test.each(['1.16.3', '1.20.0', '2.18.0', '0.11.7', 'unknown'])('refuses a server of version %s', async (version) => {
    double.version = version;
    const error = { code: 'VECTOR_STORE_FAILED', message: expect.stringContaining('1.17 to 1.19') as string };
    await expect(open()).rejects.toMatchObject(error);
  });

  test('knows which release its client is of', async () => {
    const file = new URL('../../node_modules/@qdrant/js-client-rest/package.json', import.meta.url);
    const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string };
    expect(version).toMatch(new RegExp(`^1\\.${CLIENT_MINOR}\\.`));
  });

  test('refuses a wrong key at once, and shows none', async () => {
    double.apiKey = 'the-right-key';
    for (const key of ['the-wrong-key', undefined]) {
      const error = (await open({ apiKey: key }).catch((reason: unknown) => reason)) as Error;
      expect(error).toMatchObject({ code: 'VECTOR_STORE_FAILED', message: expect.stringContaining('401') as string });
      expect(JSON.stringify([error, error.message, error.stack, error.cause, String(error.cause)])).not.toMatch(/-key/);
    }
    await (await open({ apiKey: 'the-right-key' })).ping();
  });

  test('warns of a key that leaves this machine without encryption', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await open({ apiKey: 'the-key' });
    expect(warn).not.toHaveBeenCalled();
    await QdrantVectorStore.open(optionsOf('http://qdrant.invalid:6333', { apiKey: 'the-key' })).catch(() => undefined);
    expect(warn.mock.calls[0]![0]).toContain('qdrant.invalid');
    expect(warn.mock.calls[0]![0]).not.toContain('the-key');
  });

  test('keeps the path of its address', async () => {
    await expect(QdrantVectorStore.open(optionsOf(`${double.url}/behind/`))).rejects.toMatchObject({
      code: 'VECTOR_STORE_FAILED',
    });
    expect(double.requests[0]!.path).toBe('/behind/');
  });

  test('says what failed, with its cause, and works again when the server does', async () => {
    const gone = await QdrantDouble.start();
    const { url } = gone;
    await gone.close();
    const refused = { code: 'VECTOR_STORE_FAILED', message: expect.stringContaining('ECONNREFUSED') as string };
    await expect(QdrantVectorStore.open(optionsOf(url))).rejects.toMatchObject(refused);

    const collection = await (await open()).openCollection(spec);
    double.beforeAnswer = () => {
      throw new Refusal(503, 'out of disk');
    };
    const failed = { code: 'VECTOR_STORE_FAILED', cause: expect.any(Error) as Error };
    await expect(collection.upsert([point])).rejects.toMatchObject(failed);
    await expect(collection.query({ vector: point.vector, limit: 1 })).rejects.toMatchObject(failed);
    await expect(collection.scrollIds()[Symbol.asyncIterator]().next()).rejects.toMatchObject(failed);
    double.beforeAnswer = () => undefined;
    await collection.upsert([point]);
    expect(await collection.get([point.id])).toEqual([point]);
  });

  test('gives up on a server that does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const isAsked = new Promise<void>((resolve) => {
      double.beforeAnswer = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    const opening = expect(open()).rejects.toMatchObject({
      code: 'VECTOR_STORE_FAILED',
      message: expect.stringContaining('no answer in time') as string,
    });
    await isAsked;
    vi.advanceTimersByTime(30_000);
    await opening;
    vi.useRealTimers();
  });

  test('counts a write that was only taken as failed', async () => {
    const collection = await (await open()).openCollection(spec);
    const taken = { operation_id: 1, status: 'acknowledged' };
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json({ result: taken, status: 'ok', time: 0 }));
    await expect(collection.upsert([point])).rejects.toMatchObject({
      code: 'VECTOR_STORE_FAILED',
      message: expect.stringContaining('acknowledged') as string,
    });
  });

  test('finds all equals, however many there are', async () => {
    const collection = await (await open()).openCollection(spec);
    const ids = Array.from({ length: 300 }, (_, number) => idOf(number));
    await collection.upsert(ids.map((id) => ({ ...point, id })));
    double.requests.length = 0;
    const found = await collection.query({ vector: point.vector, limit: 3, offset: 4 });
    expect(found.map(({ id }) => id)).toEqual(ids.slice(4, 7));
    expect(requestsTo(/\/query$/).map(({ body }) => (body as { limit: number }).limit)).toEqual([23, 92, 368]);
  });

  test('reads nothing for a page beyond the last one', async () => {
    const collection = await (await open()).openCollection(spec);
    await collection.upsert([point]);
    expect(await collection.query({ vector: point.vector, limit: 3, offset: 20_000 })).toEqual([]);
    expect(requestsTo(/\/query$/)).toEqual([]);
  });

  test('does what was asked for before it closed, and nothing after', async () => {
    const store = await open();
    const collection = await store.openCollection(spec);
    const writes = Array.from({ length: 20 }, (_, number) => collection.upsert([{ ...point, id: idOf(number) }]));
    await Promise.all([...writes, store.close()]);
    await expect(collection.upsert([point])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(collection.count()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(await (await (await open()).openCollection(spec)).count()).toBe(20);
  });
});
