import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { createClient, type Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, type CloseEvent } from 'ws';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { eventsOf } from '../support/event-stream.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { numberedPng, sample, truncated } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const WATCH =
  'subscription { assetProcessed { id originalName state failure { code } rendition(size: THUMBNAIL) { url } } }';

describe('subscriptions', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let pictures = 0;
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: { me: { role: 'EDITOR' }, viewer: { role: 'VIEWER' }, them: { role: 'EDITOR', library: 'theirs' } },
    });
  });
  afterAll(() => server.close());

  const clients: Client[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) void client.dispose();
  });

  function connect(key?: string, connectionParams: Record<string, unknown> = server.headers(key)): Client {
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: true,
      connectionParams,
    });
    clients.push(client);
    return client;
  }

  /** Resolves when the server has the subscription: it answers what was asked after it on the same connection. */
  async function watch(client: Client, query = WATCH) {
    const events = client.iterate({ query });
    const next = events.next();
    // Asked for by whoever is interested; until then a refusal must not count as unhandled.
    next.catch(() => undefined);
    for await (const answer of client.iterate({ query: '{ jobs { counts { queued } } }' }))
      expect(answer.errors).toBeUndefined();
    return { events, next };
  }

  const ACCEPT = { accept: 'text/event-stream' };
  const PREFLIGHT = { 'apollo-require-preflight': 'true' };

  const post = (body: string | object, headers: object) =>
    fetch(`${server.url}/graphql/stream`, {
      method: 'POST',
      headers: { ...ACCEPT, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  const stream = (query: string, headers: object, method = 'POST') =>
    method === 'POST'
      ? post({ query }, headers)
      : fetch(`${server.url}/graphql/stream?query=${encodeURIComponent(query)}`, {
          headers: { ...ACCEPT, ...PREFLIGHT, ...headers },
        });

  test('over a WebSocket: each asset of one’s own library when it is READY or FAILED', async () => {
    const { events, next } = await watch(connect('viewer'));
    await server.add([await numberedPng(++pictures)], undefined, 'them');
    const [ready] = await server.add([await numberedPng(++pictures)], undefined, 'me');
    const cut = { name: 'cut.jpg', bytes: truncated(sample('cat-face').bytes as Buffer<ArrayBuffer>) };
    const [failed] = await server.add([cut], undefined, 'me');
    expect((await next).value.data.assetProcessed).toMatchObject({
      id: ready,
      state: 'READY',
      failure: null,
      rendition: { url: expect.stringContaining(server.url) },
    });
    expect((await events.next()).value.data.assetProcessed).toMatchObject({
      id: failed,
      state: 'FAILED',
      failure: { code: 'UPLOAD_DAMAGED' },
      rendition: null,
    });
  });

  test.each(['GET', 'POST'])('as server-sent events by %s: the same', async (method) => {
    const response = await stream(WATCH, server.headers('viewer'), method);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await server.add([await numberedPng(++pictures)], undefined, 'them');
    const [id] = await server.add([await numberedPng(++pictures)], undefined, 'me');
    const events = eventsOf(response);
    expect((await events.next()).value).toMatchObject({
      event: 'next',
      data: { data: { assetProcessed: { id, state: 'READY' } } },
    });
    await events.return(undefined);
  });

  test('a client that is more than 1,000 events behind misses the oldest, and the server goes on', async () => {
    const { events, next } = await watch(connect('viewer'), 'subscription { assetProcessed { id } }');
    const { topics } = server.app.services;
    for (let event = 0; event < 3_000; event++) topics.assetProcessed.publish(randomUUID(), server.app.admin.libraryId);
    const [last] = await server.add([await numberedPng(++pictures)], undefined, 'me');
    let received = 1;
    for (let { value } = await next; value.data.assetProcessed?.id !== last; received++)
      ({ value } = await events.next());
    expect(received).toSatisfy((count: number) => count >= 1_000 && count <= 1_002);
  });

  test.each([
    [undefined, 'connectionParams'],
    ['afterimage_wrong', 'an API key in use'],
  ])('a connection with the key %j is closed as unauthorized, with the reason', async (key, reason) => {
    const [closed] = await Promise.all([
      new Promise<CloseEvent>((resolve) => connect(key).on('closed', (event) => resolve(event as CloseEvent))),
      watch(clients.at(-1)!).catch(() => undefined),
    ]);
    expect([closed.code, closed.reason]).toEqual([4401, expect.stringContaining(reason)]);
  });

  test.each(['authorization', 'Authorization', 'AUTHORIZATION'])(
    'the parameter %s of a connection signs in',
    async (name) => {
      const { authorization } = server.headers('viewer');
      const client = connect('viewer', { [name]: authorization });
      expect((await client.iterate({ query: '{ __typename }' }).next()).value).toEqual({
        data: { __typename: 'Query' },
      });
    },
  );

  test('one WebSocket has a hundred operations under way at most, and room again when one has ended', async () => {
    const client = connect('viewer');
    const all = Array.from({ length: 100 }, () => client.iterate({ query: WATCH }));
    for (const events of all) events.next().catch(() => undefined);
    const query = '{ __typename }';
    const message = expect.stringContaining('100 operations') as string;
    const refusal = { message, extensions: { code: 'SERVER_BUSY', isRetryable: true } };
    await expect(client.iterate({ query }).next()).rejects.toMatchObject([refusal]);
    await all[0]!.return!();
    expect((await client.iterate({ query }).next()).value).toEqual({ data: { __typename: 'Query' } });
  });

  test('queries and mutations over a WebSocket need their roles too', async () => {
    const client = connect('viewer');
    for await (const answer of client.iterate({ query: 'mutation { trashAssets(ids: []) { userErrors { code } } }' }))
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  });

  test.each(['{ nothing }', 'subscription { nothing }', '{', 'subscription { assetProcessed }'])(
    'the document %j is the client’s mistake, over a WebSocket and as server-sent events',
    async (query) => {
      const refused = await connect('viewer')
        .iterate({ query })
        .next()
        .then(
          ({ value }) => value.errors,
          (errors: unknown) => errors,
        );
      expect(refused).toMatchObject([{ extensions: { code: 'GRAPHQL_INVALID' } }]);
      const response = await stream(query, server.headers('viewer'));
      const text = await response.text();
      expect(text).toContain('GRAPHQL_INVALID');
    },
  );

  test.each([
    ['no name', undefined],
    ['a name that none of them has', 'C'],
  ])('of two operations and %s the same is said, whichever way they are sent', async (_, operationName) => {
    const request = { query: 'query A { __typename } query B { __typename }', operationName };
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...server.headers('viewer') },
      body: JSON.stringify(request),
    });
    const { errors } = (await answer.json()) as { errors: object[] };
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_INVALID' } }]);
    await expect(connect('viewer').iterate(request).next()).rejects.toEqual(errors);
    const response = await post(request, server.headers('viewer'));
    expect((await eventsOf(response).next()).value).toMatchObject({ event: 'next', data: { errors } });
  });

  test.each(['variables', 'extensions'])('the parameter %s of a stream has to be JSON', async (name) => {
    const query = `query=${encodeURIComponent('{ __typename }')}&${name}=${encodeURIComponent('{x')}`;
    const headers = { ...ACCEPT, ...PREFLIGHT, ...server.headers('viewer') };
    const response = await fetch(`${server.url}/graphql/stream?${query}`, { headers });
    const message = `expected JSON for the parameter ${name}, received "{x"`;
    expect([response.status, await response.json()]).toEqual([
      400,
      { errors: [{ message, extensions: { code: 'GRAPHQL_INVALID', isRetryable: false } }] },
    ]);
  });

  test('variables that are nested without end are the client’s mistake too', async () => {
    const query = 'query ($filter: AssetFilter) { assets(filter: $filter) { totalCount } }';
    let filter: object = {};
    for (let level = 0; level < 200; level++) filter = { not: filter };
    const refusal = { message: expect.stringContaining('levels'), extensions: { code: 'GRAPHQL_INVALID' } };
    await expect(connect('viewer').iterate({ query, variables: { filter } }).next()).rejects.toMatchObject([refusal]);
    const response = await post({ query, variables: { filter } }, server.headers('viewer'));
    expect((await eventsOf(response).next()).value).toMatchObject({ data: { errors: [refusal] } });
  });

  const REFUSED = {
    errors: [{ message: expect.any(String), extensions: { code: 'GRAPHQL_INVALID', isRetryable: false } }],
  };

  test.each([
    ['for JSON', { query: WATCH }, { accept: 'application/json' }, 400],
    ['for anything', { query: WATCH }, { accept: '*/*' }, 400],
    ['without a document', {}, {}, 400],
    ['with a list of variables', { query: WATCH, variables: [] }, {}, 400],
    ['of no JSON', WATCH, { 'content-type': 'text/plain' }, 415],
  ])('a request for a stream %s is the client’s mistake', async (_, body, headers, status) => {
    const response = await post(body, { ...server.headers('me'), ...headers });
    expect([response.status, await response.json()]).toEqual([status, REFUSED]);
  });

  test('a mutation cannot be sent by GET, which a link on any page could do', async () => {
    const mutation = 'mutation { trashAssets(ids: []) { userErrors { code } } }';
    const response = await stream(mutation, server.headers('me'), 'GET');
    expect([response.status, await response.json()]).toEqual([405, REFUSED]);
  });

  test.each<Record<string, string>>([{}, { 'content-type': 'text/plain' }, { 'apollo-require-preflight': '' }])(
    'what a page of another site could ask by GET, without being asked itself, is refused: %j',
    async (headers) => {
      const asked = { ...ACCEPT, ...server.headers('me'), ...headers };
      for (const query of ['{ __typename }', WATCH]) {
        const url = `${server.url}/graphql/stream?query=${encodeURIComponent(query)}`;
        const response = await fetch(url, { headers: asked });
        expect([response.status, await response.json()]).toEqual([400, REFUSED]);
      }
    },
  );

  test.each<Record<string, string>>([{ 'x-apollo-operation-name': 'A' }, { 'content-type': 'application/json' }])(
    'what no page can send without being asked is not: %j',
    async (headers) => {
      const asked = { ...ACCEPT, ...server.headers('me'), ...headers };
      const url = `${server.url}/graphql/stream?query=${encodeURIComponent('{ __typename }')}`;
      const response = await fetch(url, { headers: asked });
      expect((await eventsOf(response).next()).value).toMatchObject({ data: { data: { __typename: 'Query' } } });
    },
  );

  test('a stream is given to whoever takes other things as well', async () => {
    const response = await stream('{ __typename }', {
      ...server.headers('me'),
      accept: 'text/event-stream, */*;q=0.1',
    });
    expect((await eventsOf(response).next()).value).toEqual({ event: 'next', data: { data: { __typename: 'Query' } } });
  });

  test('a WebSocket at another path is of nothing', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/elsewhere?of=nothing`);
    const [, response] = (await once(socket, 'unexpected-response')) as [object, IncomingMessage];
    expect([response.statusCode, JSON.parse(await text(response))]).toEqual([
      404,
      {
        errors: [
          {
            message: 'nothing is at /elsewhere',
            extensions: { code: 'FILE_NOT_FOUND', isRetryable: false },
          },
        ],
      },
    ]);
  });
});

describe.skipIf(!OwnPostgres.isPossible)('while the database is away', () => {
  let postgres: OwnPostgres;
  beforeAll(async () => {
    postgres = await OwnPostgres.create();
  });
  afterAll(() => postgres.remove());

  test('a WebSocket is closed for its client to try again, which is let in when the database is back', async () => {
    const server = await startServer({ database: { url: postgres.url }, keys: { viewer: { role: 'VIEWER' } } });
    onTestFinished(() => server.close());
    await postgres.stop('fast');
    const closed: [number, string][] = [];
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: server.headers('viewer'),
      retryWait: () => postgres.start(),
      on: { closed: (event) => closed.push([(event as CloseEvent).code, (event as CloseEvent).reason]) },
    });
    expect((await client.iterate({ query: '{ __typename }' }).next()).value).toEqual({ data: { __typename: 'Query' } });
    expect(closed).toEqual([[1013, 'the database does not answer']]);
    await client.dispose();
  });
});

describe('closing', () => {
  const database = emptyEmbeddedDatabase();

  test('ends every WebSocket and every stream, and the server with them', async () => {
    const server = await startServer({ database });
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: WATCH } }));
    const response = await fetch(`${server.url}/graphql/stream?query=${encodeURIComponent(WATCH)}`, {
      headers: { accept: 'text/event-stream', 'apollo-require-preflight': 'true' },
    });
    const closed = once(socket, 'close');
    const ended = response.text();
    await server.close();
    expect((await closed)[0]).toBe(1001);
    expect(await ended).not.toContain('event: next');
  });
});
