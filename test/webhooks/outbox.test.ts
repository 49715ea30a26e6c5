import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import { openDatabase, type Database } from '#dist/database/database.js';
import { LocalNotices } from '#dist/database/notices.js';
import type { WebhookEvent } from '#dist/database/generated/enums.js';
import { WebhookDeliveriesService } from '#dist/webhooks/webhook-deliveries.service.js';
import { WebhookOutbox } from '#dist/webhooks/webhook-outbox.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';

const OK = { status: 200, error: null };
const BAD = { status: 500, error: 'expected a status of 2xx, received 500' };

describeOnEveryDatabase('the outbox of the webhooks', (location) => {
  let database: Database;
  let libraryId: string;
  let outbox: WebhookOutbox;
  let other: WebhookOutbox;
  beforeAll(async () => {
    database = await openDatabase(location);
    libraryId = await new Libraries(database.prisma).ensureDefault();
    outbox = new WebhookOutbox(database.prisma, 60_000);
    other = new WebhookOutbox(database.prisma, 60_000);
  });
  afterEach(() => database.prisma.webhook.deleteMany());
  afterAll(() => database.close());

  const add = async (...events: WebhookEvent[]) => {
    const data = { id: randomUUID(), libraryId, url: 'http://127.0.0.1:1/', events, secret: randomBytes(32) };
    return (await database.prisma.webhook.create({ data })).id;
  };
  const become = (id: string, state: 'READY' | 'PENDING') =>
    database.prisma.asset.update({ where: { id }, data: { state } });
  const ready = async (id?: string) => {
    id ??= await insertAsset(database.prisma, libraryId, { state: 'PENDING' });
    await become(id, 'PENDING');
    await become(id, 'READY');
    return id;
  };
  const waiting = () => database.prisma.webhookDelivery.findMany({ orderBy: { sequence: 'asc' } });
  const passTime = (interval: string) =>
    database.prisma.$executeRawUnsafe(`UPDATE "webhook_delivery" SET "run_at" = "run_at" - interval '${interval}',
      "lease_until" = "lease_until" - interval '${interval}'`);
  const release = () => database.prisma.webhook.updateMany({ data: { holdUntil: null } });

  describe('is written in the transaction of the change', () => {
    test('for the webhooks of its library that want the event', async () => {
      const wants = await add('ASSET_READY');
      await add('LABELS_CHANGED');
      const disabled = await add('ASSET_READY');
      await database.prisma.webhook.update({ where: { id: disabled }, data: { disabledAt: new Date() } });
      const theirs = await new Libraries(database.prisma).ensure('theirs');
      const id = await ready();
      await ready(await insertAsset(database.prisma, theirs, { state: 'PENDING' }));
      await insertAsset(database.prisma, libraryId, { state: 'FAILED' });
      const arrived = await insertAsset(database.prisma, libraryId, { state: 'READY' });
      // It is READY already.
      await become(id, 'READY');
      expect(await waiting()).toMatchObject(
        [id, arrived].map((assetId) => ({ webhookId: wants, libraryId, assetId, data: { assetId }, state: 'PENDING' })),
      );
    });

    test('once an asset, however many labels and statements', async () => {
      await add('LABELS_CHANGED');
      const assets = [
        await insertAsset(database.prisma, libraryId),
        await insertAsset(database.prisma, libraryId),
      ] as const;
      const labels = ['one', 'two', 'three'].map((name) => ({ id: randomUUID(), libraryId, name, nameKey: name }));
      await database.prisma.label.createMany({ data: labels });
      const by = { source: 'HUMAN', state: 'ACCEPTED' } as const;
      const write = (assetIds: readonly string[]) =>
        database.prisma.$transaction(async (transaction) => {
          await transaction.assetLabel.deleteMany({ where: { assetId: { in: [...assetIds] } } });
          await transaction.assetLabel.createMany({
            data: assetIds.flatMap((assetId) => labels.map(({ id: labelId }) => ({ assetId, labelId, ...by }))),
          });
        });
      await write(assets);
      await write([assets[0]]);
      await database.prisma.assetLabel.updateMany({ where: { assetId: assets[1] }, data: { state: 'REJECTED' } });
      // With its asset goes everything: nothing is left to be told of.
      await database.prisma.asset.delete({ where: { id: assets[0] } });
      const told = (await waiting()).map(({ assetId }) => assetId);
      expect(new Set(told.slice(0, 2))).toEqual(new Set(assets));
      expect(told.slice(2)).toEqual(assets);
      // A label that is deleted leaves the assets that had it.
      await database.prisma.webhookDelivery.deleteMany();
      await database.prisma.label.delete({ where: { id: labels[0]!.id } });
      expect((await waiting()).map(({ assetId }) => assetId)).toEqual([assets[1]]);
    });

    test('for jobs that end', async () => {
      await add('JOB_FINISHED');
      const [good, bad] = [randomUUID(), randomUUID()];
      const assetId = randomUUID();
      await database.prisma.job.createMany({
        data: [good, bad].map((id) => ({ id, libraryId, kind: 'PROCESS_ASSET', assetId })),
      });
      const end = (id: string, data: object) => database.prisma.job.update({ where: { id }, data });
      await end(good, { state: 'RUNNING' });
      await end(good, { state: 'SUCCEEDED' });
      await end(bad, { state: 'FAILED', errorCode: 'UPLOAD_DAMAGED' });
      const about = { kind: 'PROCESS_ASSET', assetId };
      expect((await waiting()).map(({ data }) => data)).toEqual([
        { jobId: good, state: 'SUCCEEDED', errorCode: null, ...about },
        { jobId: bad, state: 'FAILED', errorCode: 'UPLOAD_DAMAGED', ...about },
      ]);
    });
  });

  describe('is emptied', () => {
    test('in the order of each asset, one at a time, while the others go on', async () => {
      await add('ASSET_READY');
      const one = await ready();
      await ready(one);
      const two = await ready();
      const claimed = await outbox.claim(10);
      const rows = await waiting();
      expect(claimed.map(({ id }) => id).sort()).toEqual([rows[0]!.id, rows[2]!.id].sort());
      expect([rows[0]!.assetId, rows[1]!.assetId, rows[2]!.assetId]).toEqual([one, one, two]);
      expect(await other.claim(10)).toEqual([]);
      await outbox.write(
        claimed.find(({ id }) => id === rows[0]!.id)!,
        OK,
      );
      expect((await other.claim(10)).map(({ id }) => id)).toEqual([rows[1]!.id]);
    });

    test('by several senders at once, each row by one', async () => {
      await add('ASSET_READY');
      await add('ASSET_READY');
      for (let index = 0; index < 6; index++) await ready();
      const claims = await Promise.all([outbox.claim(3), other.claim(3), outbox.claim(3), other.claim(3)]);
      const ids = claims.flat().map(({ id }) => id);
      expect(ids).toHaveLength(12);
      expect(new Set(ids).size).toBe(12);
    });

    test('by another sender when the lease of one has run out, which has no more say then', async () => {
      await add('ASSET_READY');
      await ready();
      const [mine] = await outbox.claim(1);
      await passTime('59 seconds');
      expect(await other.claim(1)).toEqual([]);
      await passTime('2 seconds');
      const [theirs] = await other.claim(1);
      expect(theirs).toMatchObject({ id: mine!.id, attempts: 2 });
      await outbox.write(mine!, BAD);
      await other.write(theirs!, OK);
      expect(await waiting()).toMatchObject([{ state: 'DELIVERED', attempts: 2, failures: 0, lastStatus: 200 }]);
    });

    test('of what a sender gave back, at once', async () => {
      await add('ASSET_READY');
      await ready();
      const [mine] = await outbox.claim(1);
      await outbox.giveBack(mine!);
      expect(await other.claim(1)).toHaveLength(1);
    });

    test('of what fails after longer and longer, which holds up its own asset only', async () => {
      await add('ASSET_READY');
      const bad = await ready();
      await ready(bad);
      const [first] = await outbox.claim(1);
      await outbox.write(first!, BAD);
      const good = await ready();
      expect(await outbox.claim(10)).toEqual([]);
      await release();
      const [next, ...rest] = await outbox.claim(10);
      expect([next!.id === first!.id, rest]).toEqual([false, []]);
      await outbox.write(next!, OK);
      const rows = await waiting();
      expect(rows.map(({ assetId, state }) => [assetId, state])).toEqual([
        [bad, 'PENDING'],
        [bad, 'PENDING'],
        [good, 'DELIVERED'],
      ]);
      expect(rows[1]!.runAt).toEqual(rows[0]!.runAt);
      const waits: number[] = [];
      for (let failures = 1; failures < 10; failures++) {
        await passTime('1 day');
        await release();
        const [again] = await outbox.claim(10);
        expect(again).toMatchObject({ id: first!.id, failures });
        const before = Date.now();
        await outbox.write(again!, BAD);
        const [{ runAt, state }] = (await waiting()) as [Awaited<ReturnType<typeof waiting>>[0]];
        expect(state).toBe(failures < 9 ? 'PENDING' : 'FAILED');
        if (state === 'PENDING') waits.push(runAt.getTime() - before);
      }
      // A quarter more or less each, by chance: two that are nearly the same may change places.
      for (const [index, wait] of waits.slice(1).entries()) expect(wait).toBeGreaterThan(0.59 * waits[index]!);
      expect(waits[0]).toBeLessThan(20_000);
      expect(waits.at(-1)).toBeGreaterThan(7 * 60 * 60_000);
      await passTime('1 day');
      await release();
      expect(await outbox.claim(10)).toMatchObject([{ id: rows[1]!.id }]);
    });

    test('of what somebody asks for again during an attempt, as if for the first time', async () => {
      await add('ASSET_READY');
      await ready();
      const fail = async () => outbox.write((await outbox.claim(1))[0]!, BAD);
      for (let failures = 0; failures < 9; failures++) {
        await fail();
        await passTime('1 day');
        await release();
      }
      const [last] = await outbox.claim(1);
      expect(last).toMatchObject({ failures: 9 });
      const viewer = { libraryId, role: 'ADMIN', keyId: null } as const;
      const libraries = new Libraries(database.prisma);
      await new WebhookDeliveriesService(libraries, new LocalNotices()).redeliver(viewer, [last!.id]);
      await outbox.write(last!, BAD);
      expect(await waiting()).toMatchObject([{ state: 'PENDING', failures: 0 }]);
      expect(await outbox.claim(1)).toMatchObject([{ id: last!.id, failures: 0 }]);
    });

    test('never faster than a receiver takes it, and one at a time where it fails', async () => {
      const webhookId = await add('ASSET_READY');
      for (let index = 0; index < 10; index++) await ready();
      const claimed = await outbox.claim(32);
      expect(claimed).toHaveLength(8);
      for (const delivery of claimed) await outbox.write(delivery, BAD);
      await release();
      expect(await outbox.claim(32)).toHaveLength(1);
      expect(
        (await database.prisma.webhook.findUniqueOrThrow({ where: { id: webhookId } })).failingSince,
      ).not.toBeNull();
    });

    test.each([
      ['is gone', { status: 410, error: 'gone' }, '1 minute', 'the receiver answered 410 Gone'],
      ['has failed for three days', BAD, '73 hours', `every attempt of three days failed: ${BAD.error}`],
    ])('no more where the receiver %s', async (_why, answer, since, disabledReason) => {
      await add('ASSET_READY');
      await ready();
      await ready();
      const [first, second] = await outbox.claim(2);
      await outbox.write(first!, BAD);
      await database.prisma.$executeRawUnsafe(`UPDATE "webhook" SET "failing_since" = now() - interval '${since}'`);
      await outbox.write(second!, answer);
      expect(await database.prisma.webhook.findMany()).toMatchObject([
        { disabledReason, disabledAt: expect.any(Date) },
      ]);
      await release();
      await passTime('1 day');
      expect(await outbox.claim(10)).toEqual([]);
    });

    test('forgets what ended a week ago, and nothing that waits', async () => {
      const webhookId = await add('ASSET_READY');
      await ready();
      await ready();
      const [old] = await outbox.claim(1);
      await outbox.write(old!, OK);
      await outbox.prune();
      expect(await waiting()).toHaveLength(2);
      await database.prisma
        .$executeRaw`UPDATE "webhook_delivery" SET "finished_at" = "finished_at" - interval '8 days'`;
      await outbox.prune();
      expect(await waiting()).toMatchObject([{ state: 'PENDING' }]);
      const disabledAt = new Date(Date.now() - 8 * 24 * 60 * 60_000);
      await database.prisma.webhook.update({ where: { id: webhookId }, data: { disabledAt } });
      await outbox.prune();
      expect(await waiting()).toEqual([]);
    });
  });
});

describeOnAServer('a change that webhooks are told of', (location) => {
  let database: Database;
  beforeAll(async () => void (database = await openDatabase(location)));
  afterEach(() => database.prisma.webhook.deleteMany());
  afterAll(() => database.close());

  test.each(['an asset', 'a label'] as const)('of %s goes through while one is deleted', async (what) => {
    const { prisma } = database;
    const libraryId = await new Libraries(prisma).ensureDefault();
    const assetId = await insertAsset(prisma, libraryId, { state: 'PENDING' });
    const label = { id: randomUUID(), libraryId, name: what, nameKey: what };
    await prisma.label.create({ data: label });
    const [gone, left] = [randomUUID(), randomUUID()];
    const webhook = { libraryId, url: 'http://127.0.0.1:1/', secret: randomBytes(32) };
    const events: WebhookEvent[] = ['ASSET_READY', 'LABELS_CHANGED'];
    await prisma.webhook.createMany({ data: [gone, left].map((id) => ({ id, ...webhook, events })) });
    const change = () =>
      what === 'an asset'
        ? prisma.asset.update({ where: { id: assetId }, data: { state: 'READY' } })
        : prisma.assetLabel.create({ data: { assetId, labelId: label.id, source: 'HUMAN', state: 'ACCEPTED' } });
    let changing: Promise<unknown> | undefined;
    await prisma.$transaction(async (transaction) => {
      await transaction.webhook.delete({ where: { id: gone } });
      // A client sends nothing before somebody waits for it.
      changing = Promise.resolve(change());
      changing.catch(() => undefined);
      await vi.waitFor(async () => {
        const [row] = await transaction.$queryRaw<[{ count: number }]>`
          SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid`;
        expect(row.count).toBe(1);
      });
    });
    await changing;
    expect(await prisma.webhookDelivery.findMany({ where: { assetId } })).toMatchObject([{ webhookId: left }]);
  });
});
