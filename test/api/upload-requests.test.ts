import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const UPLOAD =
  'mutation ($files: [Upload!]!) { uploadAssets(files: $files) { ... on UploadedAsset { asset { originalName } } ... on RejectedUpload { code message isRetryable } } }';
const BOUNDARY = 'a-boundary-of-our-own';

/** The head of a request for that many files, and the head of a file's part with whatever disposition it is given. */
function head(count: number): string {
  const files = Array.from({ length: count }, () => null);
  const map = Object.fromEntries(files.map((_, index) => [index, [`variables.files.${index}`]]));
  return (
    field('operations', JSON.stringify({ query: UPLOAD, variables: { files } })) + field('map', JSON.stringify(map))
  );
}

function field(name: string, value: string): string {
  return `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

function withPath(path: string): string {
  const operations = JSON.stringify({ query: '{ __typename }', variables: {} });
  const map = JSON.stringify({ 0: [`variables.${path}`] });
  return `${field('operations', operations)}${field('map', map)}${part(0, 'a.png')}x\r\n--${BOUNDARY}--\r\n`;
}

function part(index: number, fileName: string): string {
  const disposition = `form-data; name="${index}"; filename="${fileName}"`;
  // Without it, a part without a name would be a field.
  const type = 'application/octet-stream';
  return `--${BOUNDARY}\r\ncontent-disposition: ${disposition}\r\ncontent-type: ${type}\r\n\r\n`;
}

describeOnEveryDatabase('upload requests', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());
  let pictures = 0;

  async function send(body: (string | Uint8Array)[], headers: Record<string, string> = {}) {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
        'apollo-require-preflight': 'true',
        ...headers,
      },
      body: Buffer.concat(body.map((piece) => Buffer.from(piece as string))),
    });
    // oxlint-disable-next-line typescript/no-explicit-any
    return { status: response.status, ...((await response.json()) as any) };
  }

  /** A request whose body is yet to be written. */
  const open = (headers: Record<string, string> = {}) =>
    request(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
        'apollo-require-preflight': 'true',
        ...headers,
      },
    });

  test.each([
    ['Überblick 写真 📷.png', 'Überblick 写真 📷.png'],
    ['../../etc/passwd.png', 'passwd.png'],
    ['C:\\Pictures\\cat.png', 'cat.png'],
    ['%22quoted%22.png', '"quoted".png'],
    ['20%25%20off%0D%0A.png', '20%25%20off\uFFFD\uFFFD.png'],
    ['a\tb\u0085c.png', 'a\uFFFDb\uFFFDc.png'],
    ['..', 'untitled'],
    ['e\u0301t\u00e9.png', '\u00e9t\u00e9.png'],
    [`${'x'.repeat(300)}.png`, `${'x'.repeat(235)}${'x'.repeat(16)}.png`],
    [' ', 'untitled'],
    ['', 'untitled'],
  ])('the file name %j is kept as %j', async (sent, kept) => {
    const { bytes } = await numberedPng(++pictures);
    const { data } = await send([head(1), part(0, sent), bytes, `\r\n--${BOUNDARY}--\r\n`]);
    expect(data.uploadAssets[0].asset.originalName).toBe(kept);
  });

  test('the name that a form has given a file is kept as it was', async () => {
    const { bytes } = await numberedPng(++pictures);
    const name = 'weird ü"名.jpg';
    expect(await server.upload([{ name, bytes }])).toMatchObject([{ asset: { originalName: name } }]);
  });

  test.each([
    ['without quotes', 'filename=größe.png'],
    ['with a NUL', 'filename="a\0b.png"'],
    ['with a bell', 'filename="a\u0007b.png"'],
    ['with a "%" that encodes nothing', "filename*=UTF-8''100%.png"],
    ['that is empty', 'filename=""'],
  ])('a file name %s is refused for good', async (_, fileName) => {
    const { bytes } = await numberedPng(++pictures);
    const disposition = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="0"; ${fileName}\r\n\r\n`;
    const { data } = await send([head(1), disposition, bytes, `\r\n--${BOUNDARY}--\r\n`]);
    const message =
      'expected a part with its name, a Content-Disposition that can be read, and no empty file name, for file, received none';
    expect(data.uploadAssets).toEqual([{ code: 'GRAPHQL_INVALID', message, isRetryable: false }]);
  });

  test.each([
    ['without a boundary', ['x'], { 'content-type': 'multipart/form-data' }],
    ['that ends in the middle of a field', [head(1).slice(0, 100)], {}],
    ['whose operations are no JSON', [field('operations', '{'), `--${BOUNDARY}--\r\n`], {}],
    ['without operations', [`--${BOUNDARY}--\r\n`], {}],
    ['with files before the map', [part(0, 'a.png'), 'x', `\r\n--${BOUNDARY}--\r\n`], {}],
    ['with a path of 200,000 levels', [withPath('a.'.repeat(200_000))], {}],
    ['with a path of more levels than any variable has', [withPath('a.'.repeat(100))], {}],
    ['with a map longer than any needs', [withPath('a'.repeat(300_000))], {}],
    ['whose part has a malformed head', [`--${BOUNDARY}\r\n: \0\r\n\r\nx\r\n--${BOUNDARY}--\r\n`], {}],
  ])('a request %s is its sender’s mistake', async (_, body, headers) => {
    const { status, errors } = await send(body, headers);
    expect([status, errors[0].extensions.code]).toEqual([400, 'GRAPHQL_INVALID']);
  });

  const latin1 = (name: string, value: object) => Buffer.from(field(name, JSON.stringify(value)), 'latin1');

  test.each([
    ['operations', [latin1('operations', { query: '{ __typename } # Größe' }), field('map', '{}')]],
    ['map', [field('operations', '{"query":"{ __typename }"}'), latin1('map', { größe: [] })]],
  ])('%s in bytes that are no UTF-8 are their sender’s mistake', async (name, body) => {
    const { status, errors } = await send([...body, `--${BOUNDARY}--\r\n`]);
    expect([status, errors]).toMatchObject([
      400,
      [
        {
          message: `expected UTF-8 for the field ${name}, received other bytes`,
          extensions: { code: 'GRAPHQL_INVALID', isRetryable: false },
        },
      ],
    ]);
  });

  test('a part is read in the charset that it says it has', async () => {
    const query = '{"query":"{ a: __typename } # Größe"}';
    const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="operations"\r\ncontent-type: application/json; charset=iso-8859-1\r\n\r\n`;
    const body = [Buffer.from(`${head}${query}\r\n`, 'latin1'), field('map', '{}'), `--${BOUNDARY}--\r\n`];
    expect(await send(body)).toEqual({ status: 200, data: { a: 'Query' } });
  });

  test('a file in a place that no list is long enough for is too much', async () => {
    const { status, errors } = await send([withPath('files.4294967290')]);
    expect([status, errors[0].extensions.code]).toEqual([400, 'QUERY_TOO_LARGE']);
  });

  test('a file that is announced and never comes is rejected, and its neighbour is not', async () => {
    const { bytes } = await numberedPng(++pictures);
    const { data } = await send([head(2), part(0, 'there.png'), bytes, `\r\n--${BOUNDARY}--\r\n`]);
    expect(data.uploadAssets).toEqual([
      { asset: { originalName: 'there.png' } },
      { code: 'GRAPHQL_INVALID', message: expect.stringMatching(/^expected a part/), isRetryable: false },
    ]);
  });

  test('of the same content the first file is the asset, though it comes last, and others go side by side', async () => {
    const [same, other] = [await numberedPng(++pictures), await numberedPng(++pictures)];
    const client = open();
    const answer = once(client, 'response') as Promise<[IncomingMessage]>;
    const names = ['first', 'second', 'other', 'third'];
    const put = (index: number, { bytes }: { bytes: Uint8Array }) => {
      client.write(part(index, `${names[index]}.png`));
      client.write(bytes);
      client.write('\r\n');
    };
    client.write(head(4));
    put(3, same);
    put(1, same);
    put(2, other);
    await setTimeout(1_000);
    put(0, same);
    client.end(`--${BOUNDARY}--\r\n`);
    const { data } = JSON.parse(await text((await answer)[0]));
    expect(data.uploadAssets).toEqual([
      { asset: { originalName: 'first.png' } },
      {},
      { asset: { originalName: 'other.png' } },
      {},
    ]);
  });

  test('a file for a variable that is no Upload is an invalid argument', async () => {
    const code = await server.code(UPLOAD, { files: ['not a file'] });
    expect(code).toBe('INVALID_ARGUMENT');
  });

  test('a client that hangs up in the middle of a file leaves nothing behind, and the server goes on', async () => {
    await server.waitUntilProcessed();
    const before = (await server.storedFiles()).sort();
    const client = open({ 'content-length': '50000000' });
    client.write(head(2) + part(0, 'half.png'));
    client.write(Buffer.alloc(300_000, 1));
    await vi.waitFor(async () => expect((await server.storedFiles()).length).toBeGreaterThan(before.length));
    client.on('error', () => undefined);
    client.destroy();
    await vi.waitFor(async () => expect((await server.storedFiles()).sort()).toEqual(before));
    expect((await server.data('{ assets(filter: { text: "half.png" }) { totalCount } }')).assets.totalCount).toBe(0);
    const [outcome] = await server.upload([await numberedPng(++pictures)]);
    expect(outcome.__typename).toBe('UploadedAsset');
  });

  test('no upload is under way once every request has ended', async () => {
    await server.waitUntilProcessed();
    expect(await server.closeAndRead((prisma) => prisma.upload.count())).toBe(0);
  });
});
