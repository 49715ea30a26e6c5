import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import { becomeReady } from '#dist/assets/become-ready.js';
import { openDatabase, type Database } from '#dist/database/database.js';
import { waitUntilBlocked } from '../support/blocked.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { openPool } from '../support/pool.js';
import { insertAsset } from '../support/rows.js';

describeOnEveryDatabase('assets that become READY at a time', (location) => {
  let database: Database;
  beforeAll(async () => void (database = await openDatabase(location)));
  afterAll(() => database.close());

  test('each have an outcome of their own', async () => {
    const { prisma } = database;
    const libraryId = await new Libraries(prisma).ensureDefault();
    await prisma.model.createMany({
      data: [
        { id: 'active', state: 'ACTIVE' },
        { id: 'complete', state: 'STANDBY', completedAt: new Date() },
        { id: 'building', state: 'BUILDING' },
      ],
    });
    const insert = () => insertAsset(prisma, libraryId, { state: 'PENDING', failureCode: 'INTERNAL' });
    const [whole, plain, lacking, bare] = [await insert(), await insert(), await insert(), await insert()];
    const gone = randomUUID();
    const given: [string, string[]][] = [
      [whole, ['active', 'complete', 'building']],
      [lacking, ['active', 'building']],
      [gone, ['active', 'complete']],
      [plain, ['complete', 'active', 'unknown']],
      [bare, []],
    ];
    const assets = given.map(([id, modelIds]) => ({ id, modelIds, fields: { thumbhash: id.slice(0, 8) } }));
    expect(Object.fromEntries(await becomeReady(prisma, assets))).toEqual({
      [whole]: 'ready',
      [lacking]: 'lacking',
      [gone]: 'gone',
      [plain]: 'ready',
      [bare]: 'lacking',
    });

    const rows = await prisma.asset.findMany({ include: { embeddings: { orderBy: { modelId: 'asc' } } } });
    const said = rows.map(({ id, state, thumbhash, failureCode, processedAt, embeddings }) => [
      id,
      [state, thumbhash, failureCode, processedAt !== null, embeddings.map(({ modelId }) => modelId).join(' ')],
    ]);
    expect(Object.fromEntries(said)).toEqual({
      [whole]: ['READY', whole.slice(0, 8), null, true, 'active building complete'],
      [plain]: ['READY', plain.slice(0, 8), null, true, 'active complete'],
      [lacking]: ['PENDING', null, 'INTERNAL', false, ''],
      [bare]: ['PENDING', null, 'INTERNAL', false, ''],
    });
  });
});

describeOnAServer('an asset that is changed or deleted while it becomes READY with others', (location) => {
  test('keeps the change, or is gone', async () => {
    const database = await openDatabase(location);
    const { pool, close } = await openPool(location);
    try {
      const { prisma } = database;
      const libraryId = await new Libraries(prisma).ensureDefault();
      await prisma.model.create({ data: { id: 'active', state: 'ACTIVE' } });
      const insert = () => insertAsset(prisma, libraryId, { state: 'PENDING' });
      const [tagged, deleted, other] = [await insert(), await insert(), await insert()];
      const read = { capturedAt: new Date('2000-01-01T00:00:00Z'), latitude: 47, longitude: 8, altitudeMetres: 58 };
      const fields = { thumbhash: 'x', ...read, settledFields: ['title'] };
      const assets = [tagged, deleted, other].map((id) => ({ id, modelIds: ['active'], fields }));
      let becoming: ReturnType<typeof becomeReady> | undefined;
      await prisma.$transaction(async (transaction) => {
        const data = { tags: ['red'], capturedAt: null, settledFields: ['tags', 'capturedAt'] };
        await transaction.asset.update({ where: { id: tagged }, data });
        await transaction.asset.delete({ where: { id: deleted } });
        becoming = becomeReady(prisma, assets);
        await waitUntilBlocked(pool, 1);
      });
      expect(Object.fromEntries(await becoming!)).toEqual({ [tagged]: 'ready', [deleted]: 'gone', [other]: 'ready' });
      expect(await prisma.asset.findUnique({ where: { id: tagged } })).toMatchObject({
        tags: ['red'],
        state: 'READY',
        thumbhash: 'x',
        ...read,
        capturedAt: null,
        settledFields: ['capturedAt', 'tags', 'title'],
      });
      expect(await prisma.asset.findUnique({ where: { id: other } })).toMatchObject(fields);
    } finally {
      await close();
      await database.close();
    }
  });
});
