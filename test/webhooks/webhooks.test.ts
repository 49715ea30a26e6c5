import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';
import { isSignedBy, WebhookReceiver } from '../support/webhook-receiver.js';

const WEBHOOK = 'id url events description failingSince disabledAt disabledReason';
const CREATE = `mutation ($url: String!, $events: [WebhookEvent!]!, $description: String) {
  createWebhook(url: $url, events: $events, description: $description) {
    secret webhook { ${WEBHOOK} } userErrors { code } } }`;
const UPDATE = `mutation ($id: ID!, $input: WebhookInput!) {
  updateWebhook(id: $id, input: $input) { webhook { ${WEBHOOK} } userErrors { code } } }`;
const ROTATE = 'mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret webhook { id } userErrors { code } } }';
const DELETE = 'mutation ($id: ID!) { deleteWebhook(id: $id) { deletedId userErrors { code } } }';
const SEND_TEST = 'mutation ($id: ID!) { sendTestWebhook(id: $id) { delivery { id state } userErrors { code } } }';
const REDELIVER = 'mutation ($ids: [ID!]!) { redeliver(ids: $ids) { redeliveredCount userErrors { code } } }';
const DELIVERIES = `query ($webhookId: ID!, $state: WebhookDeliveryState, $first: Int, $after: String) {
  webhookDeliveries(webhookId: $webhookId, state: $state, first: $first, after: $after) {
    edges { node { id event assetId state attempts lastStatus lastError finishedAt } } pageInfo { hasNextPage endCursor } } }`;
const LABEL = `mutation ($ids: [ID!]!, $labels: [String!]!) {
  addLabels(assetIds: $ids, labels: $labels) { userErrors { code } } }`;

describe('webhooks', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let receiver: WebhookReceiver;
  let assetId: string;
  let otherId: string;
  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    server = await startServer({
      database,
      keys: { admin: { role: 'ADMIN' }, them: { role: 'ADMIN', library: 'theirs' } },
      settings: { WEBHOOK_TIMEOUT: '1' },
    });
    [assetId, otherId] = (await server.add([await numberedPng(1), await numberedPng(2)], undefined, 'admin')) as [
      string,
      string,
    ];
  });
  afterEach(async () => {
    for (const { id } of (await data('{ webhooks { id } }', {})).webhooks)
      expect((await data(DELETE, { id })).deleteWebhook).toEqual({ deletedId: id, userErrors: [] });
    receiver.answers.length = 0;
  });
  afterAll(async () => {
    await server.close();
    await receiver.close();
  });

  const data = (query: string, variables: object, key = 'admin') => server.data(query, variables, key);
  const create = async (path: string, events: readonly string[]) => {
    const { createWebhook } = await data(CREATE, { url: receiver.url(path), events });
    return { id: createWebhook.webhook.id as string, secret: createWebhook.secret as string };
  };
  const deliveries = async (webhookId: string, variables: object = {}) =>
    (await data(DELIVERIES, { webhookId, ...variables })).webhookDeliveries.edges.map(
      ({ node }: { node: object }) => node,
    );
  const until = (webhookId: string, expectation: object[]) =>
    vi.waitFor(async () => expect(await deliveries(webhookId)).toMatchObject(expectation), {
      timeout: 30_000,
      interval: 50,
    });
  const label = (...labels: string[]) => data(LABEL, { ids: [assetId], labels });

  test('tell of an asset that is READY, and of its jobs, in messages that are signed', async () => {
    const { id, secret } = await create('/ready?token=1', ['ASSET_READY', 'JOB_FINISHED']);
    const startedAt = Date.now();
    const [addedId] = await server.add([await numberedPng(3)], undefined, 'admin');
    const messages = await receiver.at('/ready?token=1', 2);
    expect(messages.map(({ message }) => [message.type, message.data])).toEqual([
      ['asset.ready', { assetId: addedId }],
      [
        'job.finished',
        { jobId: expect.any(String), kind: 'PROCESS_ASSET', state: 'SUCCEEDED', assetId: addedId, errorCode: null },
      ],
    ]);
    for (const message of messages) {
      expect(isSignedBy(secret, message)).toBe(true);
      expect(isSignedBy(`whsec_${Buffer.alloc(32).toString('base64')}`, message)).toBe(false);
      expect(message.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'afterimage' });
      expect(Number(message.headers['webhook-timestamp']) * 1_000).toBeGreaterThan(startedAt - 2_000);
      expect(Date.parse(message.message.timestamp)).toBeGreaterThan(startedAt - 2_000);
    }
    await until(id, [
      { event: 'JOB_FINISHED', assetId: addedId, state: 'DELIVERED', attempts: 1, lastStatus: 204, lastError: null },
      { event: 'ASSET_READY', assetId: addedId, state: 'DELIVERED' },
    ]);
    expect((await deliveries(id)).map((each: { id: string }) => each.id)).toEqual(
      messages.map(({ headers }) => headers['webhook-id']).reverse(),
    );
  });

  test('are tried again when the receiver fails, in the order of each asset, under the same id', async () => {
    const { id } = await create('/order', ['LABELS_CHANGED']);
    receiver.answers.push(503);
    await label('red', 'green', 'blue');
    await receiver.at('/order', 1);
    await label('yellow');
    await data(LABEL, { ids: [otherId], labels: ['red'] });
    const messages = await receiver.at('/order', 4);
    const ids = messages.map(({ headers }) => headers['webhook-id']);
    const of = (wanted: string) =>
      messages.flatMap(({ message }, index) => (message.data['assetId'] === wanted ? [ids[index]] : []));
    expect(of(otherId)).toHaveLength(1);
    const [first, again, next] = of(assetId);
    expect([again, next === first]).toEqual([first, false]);
    await until(id, [{ attempts: 1, assetId: otherId }, { attempts: 1 }, { attempts: 2, state: 'DELIVERED' }]);
    expect((await data('{ webhooks { failingSince } }', {})).webhooks).toEqual([{ failingSince: null }]);
  });

  test('take nothing but a status of 2xx in time for an answer, and follow no redirects', async () => {
    const { id } = await create('/slow', ['LABELS_CHANGED']);
    receiver.answers.push((response) => response.writeHead(302, { location: receiver.url('/elsewhere') }).end());
    await label('a');
    await until(id, [
      { state: 'PENDING', lastStatus: 302, lastError: expect.stringContaining('redirects are not followed') },
    ]);
    receiver.answers.push(() => undefined);
    const [{ id: deliveryId }] = await deliveries(id);
    await data(REDELIVER, { ids: [deliveryId] });
    await until(id, [
      { state: 'PENDING', lastStatus: null, lastError: 'expected an answer, received none within 1 s' },
    ]);
    // One that trickles on for ever has said that all is well.
    receiver.answers.push((response) => response.writeHead(200).write('.'));
    await data(REDELIVER, { ids: [deliveryId] });
    await until(id, [{ state: 'DELIVERED', attempts: 3, lastStatus: 200, lastError: null }]);
    expect(receiver.received.some(({ path }) => path === '/elsewhere')).toBe(false);
  });

  test('are signed with both secrets after a change', async () => {
    const { id, secret } = await create('/rotated', ['LABELS_CHANGED']);
    const { rotateWebhookSecret } = await data(ROTATE, { id });
    expect(rotateWebhookSecret.secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(rotateWebhookSecret.secret).not.toBe(secret);
    await data(SEND_TEST, { id });
    const [message] = await receiver.at('/rotated', 1);
    expect(message!.message).toMatchObject({ type: 'webhook.test', data: { webhookId: id } });
    for (const each of [secret, rotateWebhookSecret.secret as string]) expect(isSignedBy(each, message!)).toBe(true);
  });

  test('send again what somebody asks for, and list page by page', async () => {
    const { id } = await create('/again', ['LABELS_CHANGED']);
    await label('b');
    await label('c');
    await receiver.at('/again', 2);
    await until(id, [{ state: 'DELIVERED' }, { state: 'DELIVERED' }]);
    const { edges, pageInfo } = (await data(DELIVERIES, { webhookId: id, first: 1 })).webhookDeliveries;
    expect([edges.length, pageInfo.hasNextPage]).toEqual([1, true]);
    const [oldest] = await deliveries(id, { first: 1, after: pageInfo.endCursor });
    const missing = [randomUUID(), 'nonsense'];
    expect((await data(REDELIVER, { ids: [oldest.id, ...missing] })).redeliver).toEqual({
      redeliveredCount: 1,
      userErrors: missing.map(() => ({ code: 'WEBHOOK_DELIVERY_NOT_FOUND' })),
    });
    const messages = await receiver.at('/again', 3);
    expect(messages[2]!.headers['webhook-id']).toBe(oldest.id);
    expect(messages[2]!.body).toBe(messages[0]!.body);
    await until(id, [{ id: oldest.id, state: 'DELIVERED', attempts: 2 }, {}]);
    expect(await deliveries(id, { state: 'FAILED' })).toEqual([]);
    expect((await data(REDELIVER, { ids: [oldest.id] }, 'them')).redeliver.redeliveredCount).toBe(0);
  });

  test('are told nothing while they are disabled, and no more when the receiver says so', async () => {
    const { id } = await create('/off', ['LABELS_CHANGED']);
    const off = (await data(UPDATE, { id, input: { enabled: false } })).updateWebhook.webhook;
    expect(off).toMatchObject({ disabledAt: expect.any(String), disabledReason: null });
    await label('d');
    expect((await data(SEND_TEST, { id })).sendTestWebhook).toEqual({
      delivery: null,
      userErrors: [{ code: 'WEBHOOK_DISABLED' }],
    });
    await data(UPDATE, { id, input: { enabled: true } });
    receiver.answers.push(410);
    await label('e');
    await until(id, [{ state: 'FAILED', lastStatus: 410 }]);
    const [webhook] = (await data(`{ webhooks { ${WEBHOOK} } }`, {})).webhooks;
    expect(webhook).toMatchObject({ disabledAt: expect.any(String), disabledReason: 'the receiver answered 410 Gone' });
    await data(UPDATE, { id, input: { enabled: true, url: receiver.url('/on') } });
    const [{ id: deliveryId }] = await deliveries(id);
    await data(REDELIVER, { ids: [deliveryId] });
    await receiver.at('/on', 1);
  });

  test('are changed field by field', async () => {
    const { id } = await create('/change', ['LABELS_CHANGED']);
    const change = async (input: object) => (await data(UPDATE, { id, input })).updateWebhook.webhook;
    const before = await change({ description: ' gallery\u0007 ' });
    expect(before).toMatchObject({ url: receiver.url('/change'), events: ['LABELS_CHANGED'], description: 'gallery' });
    const events = ['ASSET_READY', 'JOB_FINISHED'];
    expect(await change({ events })).toEqual({ ...before, events });
    expect(await change({ description: null })).toEqual({ ...before, events, description: null });
  });

  test.each<[string, object]>([
    ['no address', { url: 'gallery.example' }],
    ['another protocol', { url: 'ftp://gallery.example/' }],
    ['a password in the address', { url: 'https://user:hunter2@gallery.example/' }],
    ['a long address', { url: `https://gallery.example/${'a'.repeat(2_000)}` }],
    ['no event', { events: [] }],
    ['the event of a test', { events: ['WEBHOOK_TEST'] }],
    ['half a character in the address', { url: 'https://gallery.example/\ud83c' }],
    ['half a character in the description', { description: '\ud83c' }],
    ['a long description', { description: 'a'.repeat(10_001) }],
  ])('refuse %s', async (_what, bad) => {
    const { id } = await create('/bad', ['ASSET_READY']);
    const good = { url: 'https://gallery.example/', events: ['ASSET_READY'] };
    const answers = [
      await server.gql(CREATE, { ...good, ...bad }, 'admin'),
      await server.gql(UPDATE, { id, input: bad }, 'admin'),
    ];
    for (const { errors } of answers) {
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['INVALID_ARGUMENT']);
      expect(JSON.stringify(errors)).not.toContain('hunter2');
    }
    expect((await data('{ webhooks { id } }', {})).webhooks).toEqual([{ id }]);
  });

  test('are those of one library, 20 at most', async () => {
    const { id } = await create('/ours', ['ASSET_READY']);
    expect((await data('{ webhooks { id } }', {}, 'them')).webhooks).toEqual([]);
    for (const [query, variables, name] of [
      [UPDATE, { id, input: { enabled: false } }, 'updateWebhook'],
      [ROTATE, { id }, 'rotateWebhookSecret'],
      [DELETE, { id }, 'deleteWebhook'],
      [SEND_TEST, { id }, 'sendTestWebhook'],
    ] as const)
      expect((await data(query, variables, 'them'))[name].userErrors).toEqual([{ code: 'WEBHOOK_NOT_FOUND' }]);
    expect(await server.code(DELIVERIES, { webhookId: id }, 'them')).toBe('WEBHOOK_NOT_FOUND');
    expect(await server.code(DELIVERIES, { webhookId: id, after: 'made up' }, 'admin')).toBe('INVALID_CURSOR');
    for (let count = 1; count < 20; count++) await create('/ours', ['ASSET_READY']);
    expect(await server.code(CREATE, { url: receiver.url(), events: ['ASSET_READY'] }, 'admin')).toBe(
      'INVALID_ARGUMENT',
    );
    // Nothing of what was sent to is written to the log, which others read.
    expect(server.logged.join()).not.toContain('token=1');
  });
});
