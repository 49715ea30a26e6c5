import { randomBytes, randomUUID } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import { openDatabase, type Database } from '#dist/database/database.js';
import { LocalNotices } from '#dist/database/notices.js';
import { WebhookClient } from '#dist/webhooks/webhook-client.js';
import { WebhookOutbox } from '#dist/webhooks/webhook-outbox.js';
import { WebhookSender } from '#dist/webhooks/webhook-sender.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

describe('a sender that is closed', () => {
  const location = emptyEmbeddedDatabase();
  let database: Database;
  let receiver: WebhookReceiver;
  let outbox: WebhookOutbox;
  beforeAll(async () => {
    database = await openDatabase(location);
    receiver = await WebhookReceiver.start();
    outbox = new WebhookOutbox(database.prisma, 3_600_000);
  });
  afterAll(async () => {
    await receiver.close();
    await database.close();
  });

  const startSender = (drainMs: number, log = pino({ level: 'silent' })) => {
    const sender = new WebhookSender(outbox, new WebhookClient(60_000), drainMs, log);
    sender.start(new LocalNotices());
    return sender;
  };
  const write = async (path: string, ...more: { failures: number }[]) => {
    const libraryId = await new Libraries(database.prisma).ensureDefault();
    const webhookId = randomUUID();
    await database.prisma.webhook.create({
      data: { id: webhookId, libraryId, url: receiver.url(path), events: ['ASSET_READY'], secret: randomBytes(32) },
    });
    const data = { webhookId, libraryId, event: 'ASSET_READY', data: {} } as const;
    for (const each of more) await database.prisma.webhookDelivery.create({ data: { ...data, ...each } });
    return (await database.prisma.webhookDelivery.create({ data })).id;
  };
  const find = (id: string) => database.prisma.webhookDelivery.findUniqueOrThrow({ where: { id } });

  test('waits for what is under way, and begins nothing more', async () => {
    let answer = (): void => undefined;
    receiver.answers.push((response) => (answer = () => void response.writeHead(204).end()));
    const id = await write('/slow');
    const sender = startSender(60_000);
    await receiver.at('/slow', 1);
    const closing = sender.close();
    const later = await write('/later');
    answer();
    await closing;
    expect([(await find(id)).state, (await find(later)).attempts]).toEqual(['DELIVERED', 0]);
    await database.prisma.webhook.deleteMany();
  });

  test('gives back what takes too long, and another one sends it at once', async () => {
    receiver.answers.push(() => undefined);
    const id = await write('/silent');
    const sender = startSender(0);
    await receiver.at('/silent', 1);
    await sender.close();
    expect(await find(id)).toMatchObject({ state: 'PENDING', leaseUntil: null, failures: 0 });
    const next = startSender(60_000);
    const [first, second] = await receiver.at('/silent', 2);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    await vi.waitFor(async () => expect((await find(id)).state).toBe('DELIVERED'));
    await next.close();
    await database.prisma.webhook.deleteMany();
  });

  test('has told of a receiver that is away once a minute for each cause, and of what is given up in any case', async () => {
    receiver.answers.push(...Array.from({ length: 6 }, () => 503));
    await write('/away', { failures: 0 }, { failures: 1 }, { failures: 9 });
    await write('/away-too', { failures: 0 });
    const lines: Logged[] = [];
    const sender = startSender(60_000, pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Logged) }));
    await receiver.at('/away', 4);
    await receiver.at('/away-too', 2);
    await sender.close();
    expect(new Set(lines.map(({ level, msg }) => `${level} ${msg}`))).toEqual(
      new Set(['40 a webhook failed: expected a status of 2xx, received 503']),
    );
    expect(lines.filter(({ isGivenUp }) => isGivenUp)).toHaveLength(1);
    const ids = lines.flatMap(({ isGivenUp, webhookId }) => (isGivenUp ? [] : webhookId));
    expect([ids.length, new Set(ids).size]).toEqual([2, 2]);
  });
});

interface Logged {
  readonly level: number;
  readonly msg: string;
  readonly webhookId: string;
  readonly isGivenUp?: true;
}

test('a client leaves nothing on the signal that ends all that it sends', async () => {
  const receiver = await WebhookReceiver.start();
  const client = new WebhookClient(60_000);
  const { signal } = new AbortController();
  const posts = Array.from({ length: 10 }, () => client.post(receiver.url('/many'), {}, '{}', signal));
  for (const answer of await Promise.all(posts)) expect(answer).toEqual({ status: 204, error: null });
  // What AbortSignal.any makes with it, which Node 20 never forgets.
  const name = Object.getOwnPropertySymbols(signal).find(({ description }) => description === 'kDependantSignals');
  const kept = name && (signal as unknown as Record<symbol, Set<unknown> | undefined>)[name];
  expect(kept?.size ?? 0).toBe(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  await client.close();
  await receiver.close();
});
