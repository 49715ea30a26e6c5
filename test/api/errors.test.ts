import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signFile } from '#dist/access/library-scope.js';
import { ERROR_CODES } from '#dist/errors.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const INTERNALS = /prisma|postgres|does not exist|mime_type|select|\.js|\.ts|node_modules|\/tmp\//i;

describe('errors', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let filePath: string;
  beforeAll(async () => {
    server = await startServer({
      database,
      // A fault that nothing foresees, in what every list and file asks for.
      prepare: async (prisma, libraryId) => {
        const id = await insertAsset(prisma, libraryId);
        const { fileSecret } = await prisma.library.findUniqueOrThrow({ where: { id: libraryId } });
        const path = `files/${libraryId}/${id}/original`;
        filePath = `/${path}?s=${signFile(fileSecret, path)}`;
        await prisma.$executeRawUnsafe('ALTER TABLE "asset" RENAME COLUMN "mime_type" TO "mime_type_gone"');
      },
    });
  });
  afterAll(() => server.close());

  const post = async (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) => {
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
    const text = await response.text();
    return {
      status: response.status,
      text,
      errors: (JSON.parse(text) as { errors: { message: string; extensions: Record<string, unknown> }[] }).errors,
    };
  };

  function expectMasked(error: { message: string; extensions: Record<string, unknown> }, text: string): void {
    const { code, errorId } = error.extensions;
    expect([code, error.message]).toEqual(['INTERNAL', `an unexpected fault; it is logged as ${String(errorId)}`]);
    expect(text).not.toMatch(INTERNALS);
    const line = server.logged.find((line) => line.includes(String(errorId)));
    expect(line).toContain('mime_type');
  }

  test('a fault that nobody foresaw shows no internals in GraphQL, and is logged under its id', async () => {
    const { errors, text } = await post(JSON.stringify({ query: '{ assets { edges { node { id } } } }' }));
    expectMasked(errors[0]!, text);
  });

  test('nor does it over HTTP', async () => {
    const response = await fetch(server.url + filePath);
    const text = await response.text();
    expect(response.status).toBe(500);
    expectMasked(
      (JSON.parse(text) as { errors: [{ message: string; extensions: Record<string, unknown> }] }).errors[0],
      text,
    );
  });

  test.each([
    ['a document that cannot be parsed', { query: '{' }],
    ['a field that is not there', { query: '{ nothing }' }],
    ['an argument that is not there', { query: '{ assets(nothing: 1) { totalCount } }' }],
    ['a missing selection', { query: '{ assets }' }],
    ['an operation that is not there', { query: 'query A { jobs { counts { queued } } }', operationName: 'B' }],
    ['two operations and no name', { query: 'query A { __typename } query B { __typename }' }],
    ['no document', {}],
    ['a document that is no text', { query: 5 }],
    ['a list of requests', [{ query: '{ __typename }' }]],
    ['a document of more than 10,000 tokens', { query: `{ ${'a: __typename '.repeat(4_000)} }` }],
    ['a subscription', { query: 'subscription { assetProcessed { id } }' }],
    ['a persisted query', { extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }],
  ])('%s is the client’s mistake', async (_, body) => {
    const { status, errors, text } = await post(JSON.stringify(body));
    expect([status, errors[0]!.extensions]).toEqual([
      expect.toSatisfy((status: number) => status >= 200 && status < 500),
      { code: 'GRAPHQL_INVALID', isRetryable: false },
    ]);
    expect(text).not.toMatch(/stacktrace|node_modules/);
  });

  test.each([
    ['no JSON', '{', { 'content-type': 'application/json' }],
    ['nothing', '', { 'content-type': 'application/json' }],
    ['a text', '{ assets { totalCount } }', { 'content-type': 'text/plain' }],
    ['a form', 'query=%7B__typename%7D', { 'content-type': 'application/x-www-form-urlencoded' }],
    [
      'more than is allowed',
      JSON.stringify({ query: ' '.repeat(11 * 1024 * 1024) }),
      { 'content-type': 'application/json' },
    ],
  ])('a body that is %s is the client’s mistake', async (_, body, headers) => {
    const { status, errors } = await post(body, headers);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(errors[0]!.extensions['code']).toBe('GRAPHQL_INVALID');
  });

  describe.each(['/graphql', '/graphql/stream'])('JSON to %s', (path) => {
    const ask = async (encoding: BufferEncoding, charset = '') => {
      const body = Buffer.from(JSON.stringify({ query: '{ a: __typename } # Größe' }), encoding);
      const headers = {
        'content-type': `application/json${charset}`,
        ...(path !== '/graphql' && { accept: 'text/event-stream' }),
      };
      const response = await fetch(server.url + path, { method: 'POST', headers, body });
      return { status: response.status, text: await response.text() };
    };

    test.each(['', '; charset=utf-8', '; Charset="UTF-8"', ';charset=utf8', '; charset="US-ASCII"'])(
      'is UTF-8, %j',
      async (charset) => {
        const { status, text } = await ask('utf8', charset);
        expect([status, text]).toEqual([200, expect.stringContaining('{"a":"Query"}')]);
      },
    );

    test.each([
      ['in bytes that are no UTF-8', 'latin1', '', 'expected UTF-8 for the body, received other bytes'],
      ['declared to be something else', 'latin1', '; charset=iso-8859-1', 'received "iso-8859-1"'],
      ['declared to be UTF-16', 'utf16le', '; charset=utf-16le', 'expected "utf-8" for the charset'],
    ] as const)('%s is the client’s mistake', async (_, encoding, charset, message) => {
      const { status, text } = await ask(encoding, charset);
      expect([status, JSON.parse(text)]).toMatchObject([
        400,
        { errors: [{ message: expect.stringContaining(message) as string, extensions: { code: 'GRAPHQL_INVALID' } }] },
      ]);
    });
  });

  test.each([
    ['that cannot be decoded', '/%', 400],
    ['of a file that cannot be decoded', '/files/a/b/%E0%A4%A', 400],
    ['with a part longer than any is', `/files/${'a'.repeat(300)}/b/c`, 414],
  ])('an address %s is the client’s mistake', async (_, path, status) => {
    const response = await fetch(server.url + path);
    expect([response.status, await response.json()]).toEqual([
      status,
      {
        errors: [{ message: expect.any(String), extensions: { code: 'GRAPHQL_INVALID', isRetryable: false } }],
      },
    ]);
  });

  test('of a body that is too large, the limit is named and what came', async () => {
    const body = JSON.stringify({ query: ' '.repeat(11 * 1024 * 1024) });
    const { status, errors } = await post(body);
    expect([status, errors[0]!.message]).toEqual([
      413,
      `expected at most 10485760 bytes for the body, received ${body.length}`,
    ]);
    const stream = (headers: object, duplex?: 'half') =>
      fetch(`${server.url}/graphql/stream`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
        body: duplex ? new Blob([body]).stream() : body,
        ...(duplex && { duplex }),
      });
    const answer = await stream({}, 'half');
    expect([answer.status, await answer.json()]).toMatchObject([
      413,
      { errors: [{ message: 'expected at most 1048576 bytes for the body, received more' }] },
    ]);
  });

  test.each([
    ['PUT', '/graphql', 'GET, HEAD, POST'],
    ['DELETE', '/graphql?query=x', 'GET, HEAD, POST'],
    ['OPTIONS', '/graphql', 'GET, HEAD, POST'],
    ['PUT', '/graphql/stream', 'GET, HEAD, POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['DELETE', '/files/a/b/original?s=SIGNATURE', 'GET, HEAD'],
    ['PUT', '/playground/index.html', 'GET, HEAD'],
  ])('%s is no method of %s, whose own are named', async (method, path, allow) => {
    const response = await fetch(server.url + path, { method });
    expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([
      405,
      allow,
      {
        errors: [
          {
            message: `expected ${allow} for the method, received "${method}"`,
            extensions: { code: 'GRAPHQL_INVALID', isRetryable: false },
          },
        ],
      },
    ]);
  });

  test.each(['GET', 'OPTIONS', 'DELETE'])(
    '%s of an address where nothing is does not say what it was asked with',
    async (method) => {
      const response = await fetch(`${server.url}/files/a/b/c/original?s=SIGNATURE`, { method });
      const { errors } = (await response.json()) as { errors: object[] };
      expect([response.status, errors]).toEqual([
        404,
        [
          {
            message: 'nothing is at /files/a/b/c/original',
            extensions: { code: 'FILE_NOT_FOUND', isRetryable: false },
          },
        ],
      ]);
    },
  );

  test.each<[string, string, RequestInit]>([
    ['a body of no JSON', '/graphql', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }],
    ['another type of body', '/graphql', { method: 'POST', body: 'x', headers: { 'content-type': 'text/csv' } }],
    ['an upload of no form', '/graphql', { method: 'POST', headers: { 'content-type': 'multipart/form-data' } }],
    ['another key', '/graphql', { method: 'POST', headers: { authorization: 'Bearer afterimage_wrong' } }],
    ['another method', '/graphql', { method: 'PUT' }],
    ['no preflight', '/graphql?query=%7B__typename%7D', {}],
    ['another place', '/elsewhere', {}],
    ['an address that cannot be decoded', '/%', {}],
  ])('an answer to %s is of the type that its client takes', async (_, path, request) => {
    const typeFor = async (accept?: string) => {
      const headers = { ...(request.headers as object), ...(accept && { accept }) };
      const response = await fetch(server.url + path, { ...request, headers });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.json()).toMatchObject({ errors: [{}] });
      return response.headers.get('content-type');
    };
    const GRAPHQL = 'application/graphql-response+json';
    expect(await typeFor(`${GRAPHQL},application/json;q=0.9`)).toBe(`${GRAPHQL}; charset=utf-8`);
    expect(await typeFor('application/json')).toBe('application/json; charset=utf-8');
    expect(await typeFor()).toBe('application/json; charset=utf-8');
  });

  test('a query by GET without the header of the preflight is refused, and with it answered', async () => {
    const address = `${server.url}/graphql?query=%7B__typename%7D`;
    expect((await fetch(address)).status).toBe(400);
    const answer = await fetch(address, { headers: { 'apollo-require-preflight': 'true' } });
    expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
  });

  test.each([
    ['a variable of another type', 'query ($first: Int) { assets(first: $first) { totalCount } }', { first: 'x' }],
    ['a missing variable', 'query ($id: ID!) { asset(id: $id) { id } }', {}],
    ['a number beyond 32 bits', 'query ($first: Int) { assets(first: $first) { totalCount } }', { first: 2 ** 40 }],
  ])('%s is an invalid argument', async (_, query, variables) => {
    expect(await server.code(query, variables)).toBe('INVALID_ARGUMENT');
  });

  test.each([
    ['a size that is a text', '{ assets(filter: { byteSize: { min: "5" } }) { totalCount } }'],
    ['a field that an input has not', '{ assets(filter: { nothing: 1 }) { totalCount } }'],
    ['a name that is none of an enumeration', '{ assets(filter: { states: [NONE] }) { totalCount } }'],
    ['a null that is none', '{ asset(id: null) { id } }'],
  ])('%s is an invalid argument in the document, too', async (_, query) => {
    expect(await server.code(query)).toBe('INVALID_ARGUMENT');
  });

  test('every code tells its status, and whether to try again', () => {
    for (const [code, { httpStatus, isRetryable }] of Object.entries(ERROR_CODES)) {
      expect(httpStatus, code).toBeGreaterThanOrEqual(400);
      expect(typeof isRetryable, code).toBe('boolean');
    }
  });
});
