import { existsSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createApp } from '#dist/app.js';
import { parseConfig } from '#dist/config.js';
import { blobKey, ORIGINAL } from '#dist/assets/asset-files.js';
import { BUILT_IN } from '../support/encoder.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng, sample } from '../support/pictures.js';
import { startServer, TestServer } from '../support/server.js';
import { addTinyClip, TINY, twoModels } from '../support/two-models.js';

const NAMES = [
  'cat-face',
  'boats-at-sunset',
  'cup-of-coffee',
  'deep-field-galaxies',
  'printed-page',
  'horse-silhouette',
];
const PAYLOAD = '{ model { id state progress done total failed } userErrors { code message } }';
const MODELS =
  '{ models { id state dimension total done failed progress completedAt activatedAt failures { assetId } } }';
const CHANGE = `mutation ($id: ID!) { changeModel(id: $id) ${PAYLOAD} }`;
const DROP = `mutation ($id: ID!) { dropModel(id: $id) ${PAYLOAD} }`;
const ROLL_BACK = `mutation { rollbackModel ${PAYLOAD} }`;
const SEARCH = `query ($query: String!, $first: Int, $after: String, $model: ID, $filter: AssetFilter) {
  searchByText(query: $query, mode: SEMANTIC, first: $first, after: $after, model: $model, filter: $filter) {
    edges { score cursor node { id originalName } } pageInfo { hasNextPage endCursor } } }`;

interface Edge {
  readonly score: number | null;
  readonly cursor: string;
  readonly node: { readonly id: string; readonly originalName: string };
}

describeOnEveryDatabase('a change of the model', (database) => {
  const { modelsDir, remove } = twoModels();
  let server: TestServer;
  let ids: string[];
  beforeAll(async () => {
    server = await startServer({ database, settings: { MODELS_DIR: modelsDir } });
    ids = await server.add([...NAMES.map(sample), ...(await Promise.all([1, 2, 3].map((n) => numberedPng(n))))]);
  });
  afterAll(async () => {
    await server.close();
    remove();
  });

  const search = async (query: string, more: object = {}): Promise<Edge[]> =>
    (await server.data(SEARCH, { query, ...more })).searchByText.edges;
  const idsOf = (edges: readonly Edge[]) => edges.map(({ node: { id } }) => id).sort();
  const scoresOf = (edges: readonly Edge[]) => edges.map(({ score, node: { id } }) => [id, score]);
  const models = async () => (await server.data(MODELS)).models;
  const untilActive = (id: string) =>
    vi.waitFor(async () => expect((await models())[0]).toMatchObject({ id, state: 'ACTIVE' }), {
      timeout: 60_000,
      interval: 100,
    });

  /** First nothing, when it has begun to listen; then what a subscriber is told of a model. */
  async function* tellsOf(model: string): AsyncGenerator<{ state?: string; done: number }> {
    const url = `${server.url.replace('http', 'ws')}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    try {
      const events = client.iterate({ query: 'subscription { modelChange { id state done } }' });
      const first = events.next();
      for await (const { errors } of client.iterate({ query: MODELS })) expect(errors).toBeUndefined();
      yield { done: 0 };
      for (let event = await first; !event.done; event = await events.next()) {
        // oxlint-disable-next-line typescript/no-explicit-any
        const { modelChange } = event.value.data as any;
        if (modelChange.id === model) yield modelChange;
      }
    } finally {
      await client.dispose();
    }
  }

  test('is searched by the old one until the new one has every picture, and then by that at once', async () => {
    const before = scoresOf(await search('a cat'));
    expect(await models()).toMatchObject([{ id: BUILT_IN, state: 'ACTIVE', dimension: 384, total: 9, done: 9 }]);
    const [first] = await search('a cat', { first: 1 });
    const told = tellsOf(TINY);
    await told.next();
    const { changeModel } = await server.data(CHANGE, { id: TINY });
    expect(changeModel).toEqual({
      model: { id: TINY, state: 'BUILDING', progress: 0, done: 0, total: 9, failed: 0 },
      userErrors: [],
    });
    expect(await server.code(SEARCH, { query: 'a cat', model: TINY })).toBe('MODEL_INCOMPLETE');
    const answers: unknown[] = [];
    let isOver = false;
    const asking = (async () => {
      do {
        answers.push(scoresOf(await search('a cat')));
        await sleep(20);
      } while (!isOver);
    })();
    await untilActive(TINY).finally(() => (isOver = true));
    await asking;
    const counts: number[] = [];
    for await (const { state, done } of told) {
      counts.push(done);
      if (state === 'ACTIVE') break;
    }
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts.at(-1)).toBe(9);
    const after = scoresOf(await search('a cat'));
    expect(after).toHaveLength(9);
    expect(after).not.toEqual(before);
    // Each is one of the two, whole, and after the first of the new there is no old one.
    const isOld = (answer: unknown) => JSON.stringify(answer) === JSON.stringify(before);
    const old = answers.filter(isOld).length;
    expect(old).toBeGreaterThan(0);
    expect(answers.slice(0, old)).toEqual(Array(old).fill(before));
    expect(answers.slice(old)).toEqual(Array(answers.length - old).fill(after));
    expect(await models()).toMatchObject([
      { id: TINY, state: 'ACTIVE', dimension: 24, done: 9, failed: 0, progress: 1 },
      { id: BUILT_IN, state: 'STANDBY', done: 9 },
    ]);
    // A page that was begun before goes on where it was; who asks for either model by name gets that one.
    const rest = await search('a cat', { after: first!.cursor });
    expect(scoresOf(rest)).toEqual(before.slice(1));
    expect(scoresOf(await search('a cat', { model: BUILT_IN }))).toEqual(before);
    expect(scoresOf(await search('a cat', { model: TINY }))).toEqual(after);
    expect(await server.code(SEARCH, { query: 'a cat', model: 'another' })).toBe('MODEL_UNKNOWN');
  });

  test('and back is one step, which loses nothing', async () => {
    const [tiny, builtIn] = [await search('a cat'), await search('a cat', { model: BUILT_IN })];
    expect((await server.data(ROLL_BACK)).rollbackModel).toMatchObject({
      model: { id: BUILT_IN, state: 'ACTIVE' },
      userErrors: [],
    });
    expect(await search('a cat')).toEqual(builtIn);
    expect(await search('a cat', { model: TINY })).toEqual(tiny);
    const similar = `query ($assetId: ID!, $model: ID) {
      similarImages(assetId: $assetId, model: $model) { edges { score node { id originalName } } } }`;
    const ask = async (model?: string) => (await server.data(similar, { assetId: ids[0], model })).similarImages.edges;
    expect(await ask()).toEqual(await ask(BUILT_IN));
    expect(await ask(TINY)).not.toEqual(await ask());
    // What was complete before answers at once.
    expect((await server.data(CHANGE, { id: TINY })).changeModel.model).toMatchObject({ id: TINY, state: 'ACTIVE' });
    expect(await search('a cat')).toEqual(tiny);
    await server.data(ROLL_BACK);
    const refused = { model: null, userErrors: [{ code: 'MODEL_IN_USE', message: expect.any(String) as string }] };
    expect((await server.data(DROP, { id: BUILT_IN })).dropModel).toEqual(refused);
    expect((await server.data(DROP, { id: TINY })).dropModel.userErrors).toEqual([]);
    expect(await models()).toMatchObject([{ id: BUILT_IN, state: 'ACTIVE' }]);
    expect(await models()).toHaveLength(1);
    expect((await server.data(ROLL_BACK)).rollbackModel.userErrors).toMatchObject([{ code: 'MODEL_UNKNOWN' }]);
    expect(await server.code(SEARCH, { query: 'a cat', model: TINY })).toBe('MODEL_UNKNOWN');
    expect(existsSync(join(server.folder, 'vectors', `assets-${TINY}.lance`))).toBe(false);
    expect(existsSync(join(server.folder, 'vectors', `assets-${BUILT_IN}.lance`))).toBe(true);
  });

  test('what comes, goes or changes meanwhile is so in both; what cannot be embedded holds nothing up', async () => {
    const [trashed, deleted, tagged, lost] = ids as [string, string, string, string];
    const [{ libraryId }] = [server.app.admin];
    rmSync(join(server.folder, 'files', 'blobs', blobKey(libraryId, lost, ORIGINAL)));
    await server.data(CHANGE, { id: TINY });
    const others = `mutation ($trashed: [ID!]!, $deleted: [ID!]!, $tagged: ID!) {
      trashAssets(ids: $trashed) { userErrors { code } } deleteAssets(ids: $deleted) { userErrors { code } }
      updateAsset(id: $tagged, input: { tags: ["meanwhile"] }) { userErrors { code } } }`;
    await server.data(others, { trashed: [trashed], deleted: [deleted], tagged });
    const uploaded = await server.upload(await Promise.all([7, 8, 9].map((n) => numberedPng(n))));
    await untilActive(TINY);
    await server.waitUntilProcessed();
    const expected = ids.slice(2).concat(uploaded.map(({ asset }) => asset.id as string));
    expect(idsOf(await search('a cat', { model: BUILT_IN }))).toEqual(expected.toSorted());
    expect(idsOf(await search('a cat', { model: TINY }))).toEqual(expected.filter((id) => id !== lost).sort());
    const filter = { tagsAll: ['meanwhile'] };
    for (const model of [BUILT_IN, TINY]) expect(idsOf(await search('a cat', { model, filter }))).toEqual([tagged]);
    expect(await models()).toMatchObject([
      { id: TINY, state: 'ACTIVE', total: 11, done: 10, failed: 1, progress: 1, failures: [{ assetId: lost }] },
      { id: BUILT_IN, state: 'STANDBY', total: 11, done: 11, failed: 0 },
    ]);
    // Both go on being kept up to date.
    const [later] = await server.add([await numberedPng(10)]);
    const asset = 'query ($id: ID!) { asset(id: $id) { state embeddingModelIds } }';
    expect((await server.data(asset, { id: later })).asset).toEqual({
      state: 'READY',
      embeddingModelIds: [BUILT_IN, TINY],
    });
    await server.data('mutation ($ids: [ID!]!) { restoreAssets(ids: $ids) { userErrors { code } } }', {
      ids: [trashed],
    });
    await server.waitUntilProcessed();
    for (const model of [BUILT_IN, TINY]) expect(idsOf(await search('a cat', { model }))).toContain(trashed);
    await server.data(ROLL_BACK);
  });

  test('to a model that is not there, or that does not run, is refused before anything depends on it', async () => {
    await server.data(DROP, { id: TINY });
    addTinyClip(modelsDir, 'cut-short');
    truncateSync(join(modelsDir, 'cut-short', 'text_model.onnx'), 1_000);
    addTinyClip(modelsDir, 'too-long', { dimension: 25 });
    addTinyClip(modelsDir, 'misnamed', { id: 'other' });
    const before = await search('a cat');
    for (const [id, code, message] of [
      ['nowhere', 'MODEL_NOT_FOUND', /^expected a model.json in nowhere for the model "nowhere", received none/],
      [`../models/${TINY}`, 'MODEL_NOT_FOUND', /expected the id of a model for id/],
      ['cut-short', 'MODEL_DAMAGED', /text_model.onnx/],
      ['too-long', 'MODEL_INVALID', /25/],
      ['misnamed', 'MODEL_INVALID', /expected "misnamed"|misnamed/],
    ] as const) {
      const { model, userErrors } = (await server.data(CHANGE, { id })).changeModel;
      expect(model).toBeNull();
      expect(userErrors).toEqual([{ code, message: expect.stringMatching(message) as string }]);
      // Where the files of the server are is no business of its clients.
      expect(userErrors[0].message).not.toContain(modelsDir);
    }
    expect(await models()).toHaveLength(1);
    expect(await search('a cat')).toEqual(before);
  });

  test('that is given up leaves nothing; meanwhile there is no other', async () => {
    addTinyClip(modelsDir, 'third');
    const { begun, other, cancelled } = await server.data(`mutation {
      begun: changeModel(id: "${TINY}") ${PAYLOAD}
      other: changeModel(id: "third") ${PAYLOAD}
      cancelled: cancelModelChange ${PAYLOAD} }`);
    expect(begun.model).toMatchObject({ id: TINY, state: 'BUILDING' });
    expect(other).toMatchObject({ model: null, userErrors: [{ code: 'MODEL_CHANGE_UNDER_WAY' }] });
    expect(cancelled.userErrors).toEqual([]);
    await server.waitUntilProcessed();
    expect(await models()).toMatchObject([{ id: BUILT_IN, state: 'ACTIVE' }]);
    expect(existsSync(join(server.folder, 'vectors', `assets-${TINY}.lance`))).toBe(false);
  });

  describe('stays, when the server starts again', () => {
    const start = (MODEL: string) => {
      const url = 'url' in server.location ? server.location.url : undefined;
      const settings = { DATA_DIR: server.folder, MODELS_DIR: modelsDir, PORT: '0', WORKERS: '1', DATABASE_URL: url };
      return createApp(parseConfig({ ...settings, MODEL }), pino({ level: 'silent' }));
    };
    let found: unknown;
    beforeAll(async () => {
      await server.data(CHANGE, { id: TINY });
      await untilActive(TINY);
      found = scoresOf(await search('a cat'));
      await server.app.close();
      rmSync(join(modelsDir, BUILT_IN));
    });

    test('with another MODEL, which is for new libraries, and need not be there', async () => {
      const app = await start(BUILT_IN);
      try {
        expect(app.model).toEqual({ id: TINY, isAsSet: false });
        const { edges } = await app.services.search.byText(app.admin, { query: 'a cat', mode: 'SEMANTIC' });
        expect(scoresOf(edges)).toEqual(found);
      } finally {
        await app.close();
      }
    });

    test('and the one before is none to go back to while it cannot be loaded, or is not complete', async () => {
      const app = await start(BUILT_IN);
      try {
        const again = new TestServer(app, await app.listen(), server.folder, server.location, new Map(), []);
        const rollBack = async () => (await again.data(ROLL_BACK)).rollbackModel;
        const refused = (code: string) => ({
          model: null,
          userErrors: [{ code, message: expect.any(String) as string }],
        });
        expect(await rollBack()).toEqual(refused('MODEL_NOT_FOUND'));
        // Of this one it lacks the embedding.
        await again.add([await numberedPng(11)]);
        expect(await rollBack()).toEqual(refused('MODEL_INCOMPLETE'));
        expect((await again.data(MODELS)).models[0]).toMatchObject({ id: TINY, state: 'ACTIVE' });
        symlinkSync(resolve('models', BUILT_IN), join(modelsDir, BUILT_IN));
        await vi.waitFor(
          async () => expect(await rollBack()).toMatchObject({ model: { id: BUILT_IN, state: 'ACTIVE' } }),
          { timeout: 60_000, interval: 500 },
        );
        expect((await again.data(MODELS)).models[0]).toMatchObject({ id: BUILT_IN, done: 13, total: 13 });
        await again.data(CHANGE, { id: TINY });
      } finally {
        await app.close();
      }
    });

    test('but not without its own files: it says whose they are, and what is to be done', async () => {
      rmSync(join(modelsDir, TINY), { recursive: true });
      await expect(start(BUILT_IN)).rejects.toMatchObject({
        code: 'MODEL_NOT_FOUND',
        message: expect.stringMatching(
          /none; models .*; tiny-clip is the model that answers: .*"afterimage reindex --rollback" or "--model ID"$/,
        ) as string,
      });
    });
  });
});
