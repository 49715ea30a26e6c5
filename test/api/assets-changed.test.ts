import { createClient, type Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventsOf } from '../support/event-stream.js';
import { numberedPng } from '../support/pictures.js';
import { runSql } from '../support/postgres-server.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

const WATCH = `subscription { assetsChanged { kind assetIds assets { id title state trashedAt labels { name } } } }`;
const UPDATE = `mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { asset { id } } }`;
const LABEL = `mutation ($ids: [ID!]!, $labels: [String!]!) {
  addLabels(assetIds: $ids, labels: $labels) { userErrors { code } } }`;
const RESOLVE = `mutation ($keep: ID!, $trash: [ID!]!) {
  resolveDuplicates(keep: $keep, trash: $trash) { userErrors { code } } }`;
const bulk = (name: string) => `mutation ($ids: [ID!]!) { ${name}(ids: $ids) { userErrors { code } } }`;

interface Change {
  readonly kind: string;
  readonly assetIds: readonly string[];
  readonly assets: readonly { readonly id: string }[];
}

/** Subscribes, and resolves when the server has the subscription. @returns what is heard from then on */
type Listen = (key: string, query?: string) => Promise<readonly Change[]>;

describeOnEveryDatabase('changes of assets', (database) => {
  let server: TestServer;
  const many: string[] = [];
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: {
        viewer: { role: 'VIEWER' },
        admin: { role: 'ADMIN' },
        them: { role: 'ADMIN', library: 'theirs' },
      },
      prepare: async (prisma, libraryId) => {
        for (let count = 0; count < 400; count++) many.push(await insertAsset(prisma, libraryId));
      },
    });
  });
  afterAll(() => server.close());

  const clients: Client[] = [];
  let streams = new AbortController();
  afterEach(() => {
    for (const client of clients.splice(0)) void client.dispose();
    streams.abort();
    streams = new AbortController();
  });

  const overWebSocket: Listen = async (key, query = WATCH) => {
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: server.headers(key),
    });
    clients.push(client);
    const heard: Change[] = [];
    client.subscribe<{ assetsChanged: Change }>(
      { query },
      {
        next: ({ data }) => heard.push(data!.assetsChanged),
        error: vi.fn<() => void>(),
        complete: vi.fn<() => void>(),
      },
    );
    // It answers what was asked after it on the same connection.
    await client.iterate({ query: '{ __typename }' }).next();
    return heard;
  };

  const asServerSentEvents: Listen = async (key, query = WATCH) => {
    const response = await fetch(`${server.url}/graphql/stream?query=${encodeURIComponent(query)}`, {
      headers: { accept: 'text/event-stream', 'apollo-require-preflight': 'true', ...server.headers(key) },
      signal: streams.signal,
    });
    const heard: Change[] = [];
    void (async () => {
      for await (const { data } of eventsOf(response))
        heard.push((data as { data: { assetsChanged: Change } }).data.assetsChanged);
    })().catch(() => undefined);
    return heard;
  };

  let last = 0;
  const add = async (key = 'admin') => (await server.add([await numberedPng(++last)], undefined, key))[0]!;
  const ask = (query: string, variables: object) => server.data(query, variables, 'admin');
  const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 20 });
  const kindsOf = (heard: readonly Change[]) => heard.map(({ kind }) => kind);

  test.each([
    ['over a WebSocket', overWebSocket],
    ['as server-sent events', asServerSentEvents],
  ])('%s everybody in the library hears of each, in their order, and nobody else', async (_, listen) => {
    const heard = [await listen('viewer'), await listen('admin')];
    const theirs = await listen('them');
    const id = await add();
    const ids = [id];
    await ask(UPDATE, { id, input: { title: 'Harbour' } });
    // What changes nothing is no change.
    await ask(UPDATE, { id, input: { title: 'Harbour' } });
    await ask(bulk('restoreAssets'), { ids });
    await ask(LABEL, { ids, labels: ['boat'] });
    await ask(LABEL, { ids, labels: ['boat'] });
    await ask(bulk('trashAssets'), { ids });
    await ask(bulk('restoreAssets'), { ids });
    await until(() => heard.every((changes) => changes.length >= 6));
    await ask(bulk('deleteAssets'), { ids });
    const theirId = await add('them');
    await until(() => theirs.length >= 2 && heard.every((changes) => changes.length >= 7));
    const assets = [expect.objectContaining({ id })];
    for (const changes of heard)
      expect(changes).toEqual([
        { kind: 'UPLOADED', assetIds: ids, assets },
        { kind: 'PROCESSED', assetIds: ids, assets: [expect.objectContaining({ state: 'READY' })] },
        { kind: 'UPDATED', assetIds: ids, assets: [expect.objectContaining({ title: 'Harbour' })] },
        { kind: 'LABELS_CHANGED', assetIds: ids, assets: [expect.objectContaining({ labels: [{ name: 'boat' }] })] },
        { kind: 'TRASHED', assetIds: ids, assets },
        { kind: 'RESTORED', assetIds: ids, assets },
        { kind: 'DELETED', assetIds: ids, assets: [] },
      ]);
    expect(kindsOf(theirs)).toEqual(['UPLOADED', 'PROCESSED']);
    expect(theirs.flatMap(({ assetIds }) => assetIds)).toEqual([theirId, theirId]);
  });

  test('of several hundred that are changed at once each is told, in few events', async () => {
    const [viewer, admin] = [await overWebSocket('viewer'), await asServerSentEvents('admin')];
    for (const name of ['trashAssets', 'restoreAssets']) await ask(bulk(name), { ids: many });
    await ask(LABEL, { ids: many, labels: ['many', 'more'] });
    for (const heard of [viewer, admin]) {
      await until(() => heard.length >= 9);
      expect(kindsOf(heard)).toEqual(['TRASHED', 'RESTORED', 'LABELS_CHANGED'].flatMap((kind) => [kind, kind, kind]));
      for (const kind of new Set(kindsOf(heard))) {
        const told = heard.filter((change) => change.kind === kind);
        expect(told.flatMap(({ assetIds }) => assetIds).sort()).toEqual([...many].sort());
        for (const { assetIds, assets } of told) {
          expect(assetIds.length).toBeLessThanOrEqual(180);
          expect(assets.map(({ id }) => id)).toEqual(assetIds);
        }
      }
    }
  });

  test('the assets are read once for all who are told of them, and not for those who do not ask for them', async () => {
    const watch = (fields: string) => overWebSocket('viewer', `subscription { assetsChanged { kind ${fields} } }`);
    const ids = await watch('assetIds');
    const { services, admin } = server.app;
    // The jobs of what was changed before read them too.
    await server.waitUntilProcessed('admin');
    const readsFor = async (heard: readonly (readonly Change[])[]) => {
      const statements = await statementsOf(async () => {
        services.topics.assetsChanged.publish({ kind: 'UPDATED', assetIds: many }, admin.libraryId);
        await until(() => heard.every((changes) => changes.length > 0));
      });
      return statements.filter(({ text }) => text.includes('"title"')).length;
    };
    expect(await readsFor([ids])).toBe(0);
    const assets = [await watch('assets { id title }'), await watch('assets { id }')];
    expect(await readsFor(assets)).toBe(1);
    for (const [change] of assets) expect(change!.assets.map(({ id }) => id)).toEqual(many);
  });

  test('who wants some kinds hears of those', async () => {
    const heard = await overWebSocket('viewer', 'subscription { assetsChanged(kinds: [TRASHED, DELETED]) { kind } }');
    const id = await add();
    await ask(bulk('trashAssets'), { ids: [id] });
    await ask(UPDATE, { id, input: { title: 'Quay' } });
    await ask(bulk('restoreAssets'), { ids: [id] });
    await ask(bulk('deleteAssets'), { ids: [id] });
    await until(() => heard.length >= 2);
    expect(kindsOf(heard)).toEqual(['TRASHED', 'DELETED']);
  });

  test('what one request does to several assets is told of each', async () => {
    const [keep, copy] = [await add(), await add()];
    const all = await overWebSocket('viewer');
    await ask(UPDATE, { id: copy, input: { title: 'Mole', tags: ['stone'] } });
    await ask(LABEL, { ids: [copy], labels: ['mole'] });
    await until(() => all.at(-1)?.kind === 'LABELS_CHANGED');
    const before = all.length;
    await ask(RESOLVE, { keep, trash: [copy] });
    await until(() => all.length >= before + 3);
    expect(new Set(all.slice(before).map(({ kind, assetIds }) => `${kind} ${assetIds.join()}`))).toEqual(
      new Set([`LABELS_CHANGED ${keep}`, `UPDATED ${keep}`, `TRASHED ${copy}`]),
    );
  });

  test.runIf('url' in database)(
    'a server that has lost its connection for notices says that it missed some',
    async () => {
      const heard = [
        await overWebSocket('viewer'),
        await overWebSocket('them', 'subscription { assetsChanged(kinds: [DELETED]) { kind assetIds assets { id } } }'),
      ];
      await runSql(
        (database as { url: string }).url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query ~ '^LISTEN|pg_notify' AND pid <> pg_backend_pid()`,
      );
      await until(() => heard.every((changes) => changes.some(({ kind }) => kind === 'MISSED')));
      const id = await add();
      await until(() => heard[0]!.some(({ kind, assetIds }) => kind === 'PROCESSED' && assetIds.includes(id)));
    },
  );

  test('a subscription may not ask for more than a page of as many assets may', async () => {
    const within = 'collections { assets(first: 88) { edges { node { id } } } }';
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: server.headers('viewer'),
    });
    clients.push(client);
    const first = client.iterate({ query: `subscription { assetsChanged { assets { ${within} } } }` }).next();
    await expect(first).rejects.toMatchObject([{ extensions: { code: 'QUERY_TOO_LARGE' } }]);
  });

  test.runIf('url' in database)(
    'what others write to the database is told, and what they take back is not',
    async () => {
      const { url } = database as { url: string };
      const heard = await overWebSocket('viewer');
      const [back, done] = [await add(), await add()];
      const write = (id: string) => `UPDATE asset SET rating = 5 WHERE id = '${id}'`;
      await runSql(url, `BEGIN; ${write(back)}; ROLLBACK`);
      await runSql(url, write(done));
      await until(() => kindsOf(heard).includes('UPDATED'));
      expect(heard.filter(({ kind }) => kind === 'UPDATED').map(({ assetIds }) => assetIds)).toEqual([[done]]);
    },
  );
});
