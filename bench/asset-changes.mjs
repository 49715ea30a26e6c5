// What telling clients of changes of assets costs whoever makes them.
//
//   npm run build && node bench/asset-changes.mjs [--rounds 8]
//
// Changes one asset and 1,000 at once, on an embedded database of its own, and has Postgres measure the trigger that
// tells of it. The best of the rounds: other work on the machine only adds to it.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Libraries } from '../dist/access/libraries.js';
import { openDatabase } from '../dist/database/database.js';
import { rounded } from './support/meter.mjs';

const TRIGGER = 'tell_of_changed_assets';
/** What is done, and how it is taken back before. */
const CHANGES = {
  'becomes READY': [`"state" = 'READY'`, `"state" = 'PENDING'`],
  'is put in the trash': ['"trashed_at" = now()', '"trashed_at" = NULL'],
  'is rated': ['"rating" = 5', '"rating" = NULL'],
};

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '8' } } });
const folder = await mkdtemp(join(tmpdir(), 'afterimage-bench-'));
const database = await openDatabase({ embeddedDir: join(folder, 'database') });
const { prisma } = database;
const libraryId = await new Libraries(prisma).ensureDefault();
await prisma.asset.createMany({
  data: Array.from({ length: 1_000 }, () => ({
    id: randomUUID(),
    libraryId,
    sha256: randomBytes(32).toString('hex'),
    originalName: 'picture.jpg',
    mimeType: 'image/jpeg',
    byteSize: 1,
    width: 3,
    height: 2,
    orientation: 'LANDSCAPE',
  })),
});

/** @returns milliseconds: of the statement, and of it in the trigger */
async function timesOf(change, count) {
  const [{ 'QUERY PLAN': plan }] = await prisma.$queryRawUnsafe(`EXPLAIN (ANALYZE, FORMAT JSON)
    UPDATE "asset" SET ${change} WHERE "id" IN (SELECT "id" FROM "asset" ORDER BY "id" LIMIT ${count})`);
  const trigger = plan[0].Triggers.find((each) => each['Trigger Name'] === TRIGGER);
  return { statement: plan[0]['Execution Time'], trigger: trigger.Time };
}

const table = {};
for (const [name, [change, back]] of Object.entries(CHANGES))
  for (const count of [1, 1_000]) {
    const times = [];
    for (let round = 0; round < Number(options.rounds); round++) {
      await timesOf(back, count);
      times.push(await timesOf(change, count));
    }
    const least = (part) => rounded(Math.min(...times.map((each) => each[part])), 2);
    table[`${name}, ${count}`] = { 'statement ms': least('statement'), 'trigger ms': least('trigger') };
  }
console.table(table);
await database.close();
await rm(folder, { recursive: true, force: true });
