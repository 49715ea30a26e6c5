import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { AfterimageProcess, run } from './support/afterimage-process.js';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { SAMPLES } from './support/samples.js';
import { eventsOf } from '../support/event-stream.js';

const NGINX = process.env['NGINX_PATH'] ?? '/usr/sbin/nginx';
const DOCUMENT = fileURLToPath(new URL('../../docs/operations/proxy.md', import.meta.url));
const SIDE = 4_100;
const SUBSCRIPTION = 'subscription { assetProcessed { originalName } }';

/** Ports that nobody listened on a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** An nginx with the configuration of the document, and only the ports of its own. The first server is one that is down. */
async function startNginx(port: number, servers: readonly number[]): Promise<void> {
  const [, example] = /```nginx\n(.*?)```/s.exec(await readFile(DOCUMENT, 'utf8'))!;
  const own = example!
    .replace('server 127.0.0.1:4000;', servers.map((each) => `server 127.0.0.1:${each};`).join(' '))
    .replace('listen 80;', `listen 127.0.0.1:${port};`);
  const folder = await temporaryFolder();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/t;`,
  );
  await mkdir(join(folder, 't'));
  const wrapper = `daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {}
    http { access_log off; ${temporary.join(' ')}\n${own} }`;
  await writeFile(join(folder, 'nginx.conf'), wrapper);
  const child = spawn(NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await sleep(20);
  }
}

interface Answer<Data> {
  readonly data: Data;
}

const ask = (url: string, query: string, headers: object = {}) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });

/** An upload of one file up to its end, in parts of a request. */
function multipart(name: string, bytes: Buffer): Buffer[] {
  const part = (of: string, value: string) => `--b\r\nContent-Disposition: form-data; name="${of}"\r\n\r\n${value}\r\n`;
  const query = `mutation ($file: Upload!) { uploadAsset(file: $file) {
    ... on UploadedAsset { asset { id byteSize url } } ... on RejectedUpload { code } } }`;
  const head =
    part('operations', JSON.stringify({ query, variables: { file: null } })) +
    part('map', '{"0":["variables.file"]}') +
    `--b\r\nContent-Disposition: form-data; name="0"; filename="${name}"\r\nContent-Type: image/png\r\n\r\n`;
  return [Buffer.from(head), bytes, Buffer.from('\r\n--b--\r\n')];
}

describe.skipIf(!existsSync(NGINX))('the configuration of nginx in docs/operations/proxy.md', () => {
  test('serves all that there is, and keeps inside what is for operators', async () => {
    const [port, serverPort, deadPort] = (await freePorts(3)) as [number, number, number];
    const url = `http://127.0.0.1:${port}`;
    const DATA_DIR = await emptyDataDir();
    const created = await run(['keys', 'create', 'desk', '--role', 'EDITOR'], { DATA_DIR });
    const [key] = created.stdout.split('\n');
    const headers = { authorization: `Bearer ${key}`, 'apollo-require-preflight': 'true' };
    const settings = { DATA_DIR, PORT: String(serverPort), PUBLIC_URL: url, STOP_DELAY: '30' };
    const server = new AfterimageProcess(['serve'], settings);
    await server.url();
    await startNginx(port, [deadPort, serverPort]);

    const upload = (parts: AsyncIterable<Buffer> | Iterable<Buffer>, more: object = headers) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b', ...more },
        body: ReadableStream.from(parts),
        duplex: 'half',
      } as RequestInit);

    const noise = randomBytes(SIDE * SIDE * 3);
    const picture = sharp(noise, { raw: { width: SIDE, height: SIDE, channels: 3 } });
    const bytes = await picture.png({ compressionLevel: 0 }).toBuffer();
    expect(bytes.length).toBeGreaterThan(50_000_000);
    const preflight = { 'apollo-require-preflight': 'true' };
    expect((await upload(multipart('noise.png', bytes), preflight)).status).toBe(401);

    // An upload reaches the server while it is being sent.
    const [head, , tail] = multipart('noise.png', bytes);
    const half = bytes.length / 2;
    async function* inHalves() {
      yield head!;
      yield bytes.subarray(0, half);
      await server.until(async () => (await spooled(DATA_DIR)) > half / 2, 'half of the upload');
      yield bytes.subarray(half);
      yield tail!;
    }
    const uploaded = (await (await upload(inHalves())).json()) as Answer<{ uploadAsset: { asset: { url: string } } }>;
    const { asset } = uploaded.data.uploadAsset;
    expect(asset).toMatchObject({ byteSize: bytes.length, url: expect.stringContaining(`${url}/files/`) });

    const range = await fetch(asset.url, { headers: { range: 'bytes=1-3' } });
    expect([range.status, range.headers.get('content-range')]).toEqual([206, `bytes 1-3/${bytes.length}`]);
    expect(await range.text()).toBe('PNG');
    const whole = await fetch(asset.url);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const again = await fetch(asset.url, { headers: { 'if-none-match': whole.headers.get('etag')! } });
    expect(again.status).toBe(304);

    const types = await ask(url, '{ __schema { types { name description } } }', headers);
    expect([types.headers.get('content-encoding'), types.headers.get('vary')]).toEqual([
      'gzip',
      expect.stringMatching(/Accept-Encoding/i),
    ]);
    const { data } = (await types.json()) as Answer<{ __schema: { types: object[] } }>;
    expect(data.__schema.types.length).toBeGreaterThan(10);
    expect((await fetch(`${url}/playground`)).status).toBe(200);

    // What others do is told while the stream and the socket are open.
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const told: string[] = [];
    socket.on('message', (message: Buffer) => told.push(message.toString()));
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${key}` } }));
    await server.until(() => told.length > 0, 'the acknowledgement');
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } }));
    const stream = await fetch(`${url}/graphql/stream?query=${encodeURIComponent(SUBSCRIPTION)}`, {
      headers: { ...headers, accept: 'text/event-stream', 'accept-encoding': 'gzip' },
    });
    expect(stream.headers.get('content-encoding')).not.toBe('gzip');
    const events = eventsOf(stream);
    const cat = await readFile(join(SAMPLES, 'cat-face.jpg'));
    await upload(multipart('cat.jpg', cat));
    for await (const event of events) if (JSON.stringify(event.data).includes('cat.jpg')) break;
    await server.until(() => told.some((message) => message.includes('cat.jpg')), 'the event over the socket');
    socket.terminate();

    for (const path of ['/metrics', '//metrics', '/files/..%2fmetrics', '/%6detrics', '/health'])
      expect((await fetch(url + path, { headers })).status, path).toBe(404);
    expect((await fetch(`${url}/ready`)).status).toBe(200);

    // A balancer is told that it stops while it still serves.
    void server.kill('SIGTERM');
    await server.until(async () => (await fetch(`${url}/ready`)).status === 503, 'that it is not ready');
    expect((await ask(url, '{ viewer { role } }', headers)).status).toBe(200);
    await server.kill('SIGTERM');
    expect((await ask(url, '{ viewer { role } }', headers)).status).toBe(502);
  });

  test('marks what it sends on, so that nobody passes for a user of this machine before there is a key', async () => {
    const [port, serverPort] = (await freePorts(2)) as [number, number];
    const server = new AfterimageProcess(['serve'], { DATA_DIR: await emptyDataDir(), PORT: String(serverPort) });
    const url = await server.url();
    await startNginx(port, [serverPort]);
    expect((await ask(url, '{ viewer { role } }')).status).toBe(200);
    expect((await ask(`http://127.0.0.1:${port}`, '{ viewer { role } }')).status).toBe(401);
  });
});

/** Bytes of uploads that the server has so far. */
async function spooled(dataDir: string): Promise<number> {
  const spool = join(dataDir, 'spool');
  const names = await readdir(spool, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(spool, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
