// What webhooks cost whoever changes something, and how fast they are sent.
//
//   npm run build && node bench/webhooks.mjs [--assets 1000] [--rounds 5]
//
// Takes assets from PENDING to READY and ends a job of each, on an embedded database of its own: while no webhook wants to
// know, and while one does. Then a sender empties the outbox into a receiver in this process. The best of the rounds: other
// work on the machine only adds to it.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { Libraries } from '../dist/access/libraries.js';
import { openDatabase } from '../dist/database/database.js';
import { LocalNotices } from '../dist/database/notices.js';
import { WebhookClient } from '../dist/webhooks/webhook-client.js';
import { WebhookOutbox } from '../dist/webhooks/webhook-outbox.js';
import { WebhookSender } from '../dist/webhooks/webhook-sender.js';
import { rounded } from './support/meter.mjs';

const { values: options } = parseArgs({
  options: { assets: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '5' } },
});
const count = Number(options.assets);
const folder = await mkdtemp(join(tmpdir(), 'afterimage-bench-'));
const database = await openDatabase({ embeddedDir: join(folder, 'database') });
const { prisma } = database;
const libraryId = await new Libraries(prisma).ensureDefault();
const ids = Array.from({ length: count }, () => randomUUID());
await prisma.asset.createMany({
  data: ids.map((id) => ({
    id,
    libraryId,
    sha256: randomBytes(32).toString('hex'),
    originalName: `${id}.jpg`,
    mimeType: 'image/jpeg',
    byteSize: 1,
    width: 3,
    height: 2,
    orientation: 'LANDSCAPE',
  })),
});
await prisma.job.createMany({
  data: ids.map((id) => ({ id, libraryId, kind: 'PROCESS_ASSET', assetId: id, state: 'RUNNING' })),
});

/** @returns microseconds in each trigger of one row, as Postgres counts them */
async function change() {
  await prisma.asset.updateMany({ data: { state: 'PENDING' } });
  await prisma.job.updateMany({ data: { state: 'RUNNING' } });
  const asset = await triggerTime(`UPDATE "asset" SET "state" = 'READY'`, 'webhook_asset_ready');
  const job = await triggerTime(`UPDATE "job" SET "state" = 'SUCCEEDED'`, 'webhook_job_finished');
  return { asset, job };
}

async function triggerTime(statement, trigger) {
  const [{ 'QUERY PLAN': plan }] = await prisma.$queryRawUnsafe(`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`);
  const { Time: ms, Calls: calls } = plan[0].Triggers.find((each) => each['Trigger Name'] === trigger);
  return (ms * 1_000) / calls;
}

const received = [];
const receiver = createServer((request, response) => {
  request.resume().on('end', () => {
    received.push(request.headers['webhook-id']);
    response.writeHead(204).end();
  });
});
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const webhook = {
  id: randomUUID(),
  libraryId,
  url: `http://127.0.0.1:${receiver.address().port}/`,
  events: ['ASSET_READY', 'JOB_FINISHED'],
  secret: randomBytes(32),
};

async function send() {
  const sender = new WebhookSender(
    new WebhookOutbox(prisma, 60_000),
    new WebhookClient(10_000),
    0,
    pino({ level: 'warn' }),
  );
  received.length = 0;
  const startedAt = performance.now();
  sender.start(new LocalNotices());
  while (received.length < 2 * count) await sleep(10);
  const seconds = (performance.now() - startedAt) / 1_000;
  await sender.close();
  return (2 * count) / seconds;
}

const seen = { 'no webhook': [], 'a webhook': [] };
const sent = [];
for (let round = 0; round < Number(options.rounds); round++) {
  seen['no webhook'].push(await change());
  await prisma.webhook.create({ data: webhook });
  seen['a webhook'].push(await change());
  sent.push(await send());
  await prisma.webhook.deleteMany();
}
const least = (times) => rounded(Math.min(...times), 0);
console.log('microseconds in the trigger');
console.table(
  Object.fromEntries(
    Object.entries(seen).map(([way, times]) => [
      way,
      { 'an asset': least(times.map(({ asset }) => asset)), 'a job': least(times.map(({ job }) => job)) },
    ]),
  ),
);
console.log(`sent: ${rounded(Math.max(...sent), 0)} messages a second`);
receiver.close();
receiver.closeAllConnections();
await database.close();
await rm(folder, { recursive: true, force: true });
