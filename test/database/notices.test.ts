import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { pino } from 'pino';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { LocalNotices, type Notices } from '#dist/database/notices.js';
import { PostgresNotices } from '#dist/database/postgres-notices.js';
import { emptyServerDatabase } from '../support/databases.js';
import { runSql } from '../support/postgres-server.js';

/** The address of a server that passes on what comes back as `answer` says. */
async function proxyOf(url: string, answer: (server: Socket, client: Socket) => void): Promise<string> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(port || 5432), hostname);
    for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined));
    client.pipe(server);
    answer(server, client);
    server.on('close', () => client.end());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = new URL(url);
  address.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return address.href;
}

function withoutNotifications(url: string): Promise<string> {
  return proxyOf(url, (server, client) => {
    let left = Buffer.alloc(0);
    server.on('data', (data) => {
      left = Buffer.concat([left, data]);
      // A letter, and the length of what follows with that of itself.
      for (let size; left.length >= 5 && left.length >= (size = 1 + left.readInt32BE(1)); left = left.subarray(size))
        if (left.toString('latin1', 0, 1) !== 'A') client.write(left.subarray(0, size));
    });
  });
}

function heardBy(notices: Notices): string[] {
  const heard: string[] = [];
  notices.listen('topic', (text) => void heard.push(text));
  return heard;
}

test('notices of one process reach its own listeners at once, by their topic', async () => {
  const notices = new LocalNotices();
  const heard = heardBy(notices);
  notices.send('topic', 'a');
  notices.send('other', 'b');
  expect(heard).toEqual(['a']);
  await notices.close();
});

describe.skipIf(inject('server') === null)('notices by Postgres', () => {
  const { url } = emptyServerDatabase();
  const logged: string[] = [];

  async function open(): Promise<PostgresNotices> {
    const notices = await PostgresNotices.open(url, pino({}, { write: (line: string) => void logged.push(line) }));
    onTestFinished(() => notices.close());
    return notices;
  }

  test('reach each process once, the sender at once, and all of them in their order', async () => {
    const [sender, other] = [await open(), await open()];
    const [own, others] = [heardBy(sender), heardBy(other)];
    const texts = Array.from({ length: 1_200 }, (_, index) => `ä "${index}"`);
    for (const text of texts) sender.send('topic', text);
    expect(own).toEqual(texts);
    await vi.waitUntil(() => others.length >= texts.length);
    expect(others).toEqual(texts);
    other.send('topic', 'back');
    await vi.waitUntil(() => own.length > texts.length);
    expect([own.at(-1), own.length, others.length]).toEqual(['back', 1_201, 1_201]);
  });

  test('what was sent before the end is on its way', async () => {
    const [sender, other] = [await open(), await open()];
    const heard = heardBy(other);
    sender.send('topic', 'last words');
    await sender.close();
    await vi.waitUntil(() => heard.length > 0);
  });

  test('pass over what is no notice, or not one that a listener understands', async () => {
    const [sender, other] = [await open(), await open()];
    other.listen('topic', (text) => void JSON.parse(text));
    const heard = heardBy(other);
    for (const payload of ['', 'nonsense', '42', '["of", "too", "few"]'])
      await runSql(url, `NOTIFY afterimage, '${payload}'`);
    sender.send('topic', 'not JSON');
    sender.send('other', 'x');
    sender.send('topic', '"sound"');
    await vi.waitUntil(() => heard.includes('"sound"'));
    expect(logged.filter((line) => line.includes('not understood')).length).toBeGreaterThanOrEqual(3);
  });

  test('go on when their connections have been cut', async () => {
    const [sender, other] = [await open(), await open()];
    const heard = heardBy(other);
    const name = new URL(url).pathname.slice(1);
    const server = inject('server')!.url;
    await runSql(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await runSql(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    await vi.waitUntil(() => logged.filter((line) => line.includes('is lost')).length >= 2);
    await runSql(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    // Whoever is back first does not wait for the other, so it may take more than one.
    await vi.waitUntil(
      () => {
        sender.send('topic', 'after');
        return heard.includes('after');
      },
      { timeout: 15_000, interval: 100 },
    );
  });

  test('are said not to arrive where they do not, as behind a pooler, and nothing is said where they do', async () => {
    const deaf = await withoutNotifications(url);
    const warnings: string[] = [];
    const log = pino({}, { write: (line: string) => void warnings.push(line) });
    const [hearing, other] = [await open(), await PostgresNotices.open(deaf, log)];
    onTestFinished(() => other.close());
    await vi.waitUntil(() => warnings.length > 0, { timeout: 30_000 });
    expect(warnings).toEqual([expect.stringContaining('notices do not arrive')]);
    await hearing.close();
    expect(logged.join()).not.toContain('do not arrive');
  });

  test('end at once, though they are being tried out on a connection that is not answered', async () => {
    let connections = 0;
    const silent = await proxyOf(url, (server, client) => {
      if (++connections === 1) server.pipe(client);
    });
    const warnings: string[] = [];
    const notices = await PostgresNotices.open(silent, pino({}, { write: (line: string) => void warnings.push(line) }));
    await vi.waitUntil(() => connections === 2);
    await notices.close();
    // Whoever waits for the answer says that there was none.
    expect(warnings).toEqual([]);
  });

  test('are refused where no server answers', async () => {
    const opening = PostgresNotices.open('postgres://user@127.0.0.1:1/name', pino({ level: 'silent' }));
    await expect(opening).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
  });
});
