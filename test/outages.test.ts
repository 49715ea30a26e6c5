import { createServer, type AddressInfo } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { PrismaClient } from '#dist/database/generated/client.js';
import { createServerPool } from '#dist/database/server-pool.js';
import { withOutage } from '#dist/outages.js';
import { describeOnAServer } from './support/databases.js';

const OUTAGE = { code: 'DATABASE_FAILED', isRetryable: true };

function prismaOf(pool: Pool): PrismaClient {
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  onTestFinished(async () => {
    await prisma.$disconnect();
    await pool.end();
  });
  return prisma;
}

/** What a query and a transaction end with, as it is told to whoever asked. */
async function endsOf(prisma: PrismaClient): Promise<unknown[]> {
  const ends = await Promise.allSettled([
    prisma.$queryRaw`SELECT 1`,
    prisma.$transaction((transaction) => transaction.$queryRaw`SELECT 1`),
  ]);
  return ends.map((end) => (end.status === 'rejected' ? withOutage(end.reason) : end.value));
}

describeOnAServer('that the database is away', ({ url }) => {
  test('is what it means that no connection becomes free', async () => {
    const pool = createServerPool(url, { connectMs: 10_000, waitMs: 2_000 });
    const prisma = prismaOf(pool);
    const busy = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    const ends = await endsOf(prisma);
    for (const client of busy) client.release();
    expect(ends).toMatchObject([OUTAGE, OUTAGE]);
    expect(await endsOf(prisma)).toMatchObject([[{}], [{}]]);
  });
});

test('the database is away where it takes a connection and says nothing', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const pool = createServerPool(`postgres://postgres@127.0.0.1:${port}/none`, { connectMs: 100, waitMs: 60_000 });
  expect(await endsOf(prismaOf(pool))).toMatchObject([OUTAGE, OUTAGE]);
});
