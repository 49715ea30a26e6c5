import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

describe('a client that would rather have another protocol', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let file: string;
  beforeAll(async () => {
    server = await startServer({ database });
    const [id] = await server.add([await numberedPng(1)]);
    const { asset } = await server.data('query ($id: ID!) { asset(id: $id) { url } }', { id });
    const { pathname, search } = new URL(asset.url as string);
    file = pathname + search;
  });
  afterAll(() => server.close());

  async function connection() {
    const { host, port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return async (request: string, headers: string[], body = '') => {
      const head = [`${request} HTTP/1.1`, `Host: ${host}`, `Content-Length: ${body.length}`, ...headers];
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
      let answer = '';
      while (!/\r\n\r\n./s.test(answer)) answer += String((await once(socket, 'data'))[0]);
      return answer;
    };
  }

  // As curl and the HttpClient of Java offer it.
  const HTTP2 = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'];

  test('gets its answers in this one, over a connection that is kept', async () => {
    const ask = await connection();
    const query = JSON.stringify({ query: '{ a: __typename }' });
    const json = 'Content-Type: application/json';
    expect(await ask('POST /graphql', [...HTTP2, json], query)).toMatch(/^HTTP\/1.1 200 OK\r\n.*"a":"Query"/s);
    expect(await ask('GET /health', HTTP2)).toMatch(/^HTTP\/1.1 200 OK\r\n.*"ok"/s);
    expect(await ask('POST /graphql', [json], query)).toMatch(/^HTTP\/1.1 200 OK\r\n.*"a":"Query"/s);
    expect(await ask(`GET ${file}`, HTTP2)).toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\n\r\n.PNG/s);
  });
});
