import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database, type PrismaClient } from '#dist/database/database.js';
import { BARE, describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { openPool } from '../support/pool.js';
import { runSql } from '../support/postgres-server.js';

const library = (name: string) => ({ id: randomUUID(), name, fileSecret: Buffer.from('secret') });

describeOnEveryDatabase('a database', (location) => {
  let database: Database;
  let prisma: PrismaClient;

  beforeAll(async () => {
    database = await openDatabase(location);
    ({ prisma } = database);
  });

  afterAll(() => database.close());

  const names = async () => (await prisma.library.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name);

  it('says what it is, and that it answers', async () => {
    expect(database.isEmbedded).toBe('embeddedDir' in location);
    await expect(database.ping()).resolves.toBeUndefined();
  });

  it('keeps transactions that run at the same time apart', async () => {
    const write = (prefix: string) =>
      prisma.$transaction(async (transaction) => {
        const before = await transaction.library.count({ where: { name: { startsWith: prefix } } });
        for (const index of [1, 2, 3]) await transaction.library.create({ data: library(`${prefix}-${index}`) });
        const all = await transaction.library.findMany();
        return { before, seen: all.filter(({ name }) => name.startsWith(prefix)).length };
      });
    const failing = prisma.$transaction(async (transaction) => {
      await transaction.library.create({ data: library('rolled back') });
      throw new Error('on purpose');
    });
    const [a, b, c] = await Promise.allSettled([write('a'), write('b'), failing]);

    expect([a, b].map((result) => result.status === 'fulfilled' && result.value)).toEqual([
      { before: 0, seen: 3 },
      { before: 0, seen: 3 },
    ]);
    expect(c).toMatchObject({ status: 'rejected', reason: { message: 'on purpose' } });
    expect(await names()).toEqual(['a-1', 'a-2', 'a-3', 'b-1', 'b-2', 'b-3']);
  });

  it('uses a connection again after a statement has aborted its transaction', async () => {
    const aborted = prisma.$transaction(async (transaction) => {
      await transaction.library.create({ data: library('lost') });
      await transaction.$executeRaw`SELECT 1 / 0`;
    });
    await expect(aborted).rejects.toThrow('division by zero');
    await prisma.$transaction((transaction) => transaction.library.create({ data: library('kept') }));
    expect(await names()).toContain('kept');
    expect(await names()).not.toContain('lost');
  });

  it('uses a connection again after a transaction has run out of time', async () => {
    const late = prisma.$transaction(
      async (transaction) => {
        await transaction.library.create({ data: library('late') });
        await new Promise((resolve) => setTimeout(resolve, 200));
        await transaction.library.count();
      },
      { timeout: 50 },
    );
    await expect(late).rejects.toMatchObject({ code: 'P2028' });
    expect(await names()).not.toContain('late');
  });

  it('gives back every kind of value as it was given', async () => {
    const { id: libraryId } = await prisma.library.create({ data: library('values') });
    const asset = {
      id: randomUUID(),
      libraryId,
      sha256: 'a'.repeat(64),
      originalName: 'Grüße 写真 🌅.jpg',
      mimeType: 'image/jpeg',
      byteSize: 2n ** 40n,
      width: 3,
      height: 2,
      orientation: 'LANDSCAPE' as const,
      tags: ['a, b', '"quoted"', ''],
      latitude: -33.856784,
      capturedAt: new Date('1969-07-20T20:17:40.123Z'),
      renditions: { THUMBNAIL: { width: 3, height: 2, byteSize: 1 } },
    };
    await prisma.asset.create({ data: asset });
    expect(await prisma.asset.findUnique({ where: { id: asset.id } })).toMatchObject({ ...asset, state: 'PENDING' });
    expect(Buffer.from((await prisma.library.findUniqueOrThrow({ where: { id: libraryId } })).fileSecret)).toEqual(
      Buffer.from('secret'),
    );
  });
});

describeOnAServer('a database in another time zone', (location) => {
  it('tells the same time as the server', async () => {
    const { pathname } = new URL(location.url);
    await runSql(location.url, `ALTER DATABASE "${pathname.slice(1)}" SET timezone = 'America/New_York'`);
    const database = await openDatabase(location);
    const { prisma } = database;
    const { createdAt } = await prisma.library.create({ data: library('now') });
    expect(Math.abs(createdAt.getTime() - Date.now())).toBeLessThan(60_000);
    const time = new Date('2026-07-01T12:00:00.000Z');
    await prisma.library.updateMany({ data: { createdAt: time } });
    const rows = await prisma.$queryRaw`SELECT name FROM library WHERE created_at = '2026-07-01 12:00:00Z'`;
    expect(rows).toEqual([{ name: 'now' }]);
    await database.close();
  });
});

describe.each([
  [
    'in another encoding',
    `ENCODING 'LATIN1' LOCALE 'C' ${BARE}`,
    'expected "UTF8" for the encoding of the database, received "LATIN1": create it with',
  ],
  [
    'in no encoding',
    `ENCODING 'SQL_ASCII' LOCALE 'C' ${BARE}`,
    'expected "UTF8" for the encoding of the database, received "SQL_ASCII": create it with',
  ],
  [
    'that folds the case of ASCII only',
    `ENCODING 'UTF8' LOCALE 'C' ${BARE}`,
    `expected "äσłi" for lower('ÄΣŁI') in the database, received "ÄΣŁi": create it with`,
  ],
  [
    'that folds case as Turkish does',
    `ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LOCALE 'C' ${BARE}`,
    `expected "äσłi" for lower('ÄΣŁI') in the database, received "äσłı": create it with`,
  ],
])('a new database %s', (_, options, message) => {
  describeOnAServer(
    'one',
    (location) => {
      it('is refused, with nothing made in it', async () => {
        await expect(openDatabase(location)).rejects.toMatchObject({
          code: 'DATABASE_UNUSABLE',
          message: expect.stringContaining(message) as string,
        });
        const { pool, close } = await openPool(location);
        const { rows } = await pool.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace");
        expect(rows).toEqual([]);
        await close();
      });
    },
    options,
  );
});

it('a database cannot be opened where nobody listens', async () => {
  await expect(openDatabase({ url: 'postgres://postgres@127.0.0.1:1/none' })).rejects.toMatchObject({
    code: 'DATABASE_FAILED',
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
});
