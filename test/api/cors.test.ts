import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '#dist/config.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { startServer, type TestServer } from '../support/server.js';

describe('web pages of other origins', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    const CORS_ORIGINS = 'https://gallery.example/, HTTPS://Studio.example:443,http://localhost:3000,app://gallery,';
    server = await startServer({ database, settings: { CORS_ORIGINS } });
  });
  afterAll(() => server.close());

  /** What a browser asks before it sends a query of a page. */
  const allowed = async (origin: string) => {
    const headers = { origin, 'access-control-request-method': 'POST' };
    const answer = await fetch(`${server.url}/graphql`, { method: 'OPTIONS', headers });
    return answer.headers.get('access-control-allow-origin');
  };

  test.each(['https://gallery.example', 'https://studio.example', 'http://localhost:3000', 'app://gallery'])(
    '%s may call the API, however it is written in CORS_ORIGINS',
    async (origin) => expect(await allowed(origin)).toBe(origin),
  );

  test.each(['http://gallery.example', 'https://gallery.example:8443', 'https://other.example', 'null'])(
    '%s may not',
    async (origin) => expect(await allowed(origin)).toBeNull(),
  );

  test('a page may send what this API and its clients have headers for, and read what answers say in theirs', async () => {
    const origin = 'https://gallery.example';
    const ask = { origin, 'access-control-request-method': 'POST' };
    const { headers } = await fetch(`${server.url}/graphql`, { method: 'OPTIONS', headers: ask });
    expect(namesIn(headers.get('access-control-allow-headers'))).toEqual(
      expect.arrayContaining([
        'authorization',
        'content-type',
        'apollo-require-preflight',
        'x-apollo-operation-name',
        'apollographql-client-name',
        'apollographql-client-version',
      ]),
    );
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThanOrEqual(3_600);
    for (const path of ['/graphql', '/graphql/stream', '/files/a/b/original']) {
      const answer = await fetch(server.url + path, { headers: { origin } });
      expect(namesIn(answer.headers.get('access-control-expose-headers'))).toEqual(
        expect.arrayContaining([
          'accept-ranges',
          'content-disposition',
          'content-length',
          'content-range',
          'etag',
          'retry-after',
        ]),
      );
    }
  });

  test.each([
    'gallery.example',
    'localhost:3000',
    '*',
    'https://*.example',
    'null',
    'https://gallery.example/page',
    'https://gallery.example?page',
    'https://me@gallery.example',
  ])('%s is no origin', (CORS_ORIGINS) =>
    expect(() => parseConfig({ CORS_ORIGINS })).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('CORS_ORIGINS') }),
    ),
  );
});

function namesIn(header: string | null): string[] {
  return header?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
}
