import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { embedded } from '../e2e/support/installations.js';
import { inStores } from '../e2e/support/stores.js';
import { exportLibrary, importAgain, insertLabelledLibrary } from '../support/archives.js';

type Bins = [bin: number, accepted: number, rejected: number][];

const ENOUGH: Bins = [
  [10, 0, 2],
  [90, 2, 0],
];
const ONE_SIDED: Bins = [[90, 3, 1]];
/** Of as many pictures as ENOUGH, which has the others. */
const COMPETING: Bins = [[90, 2, 2]];

test.each<[what: string, learned: Bins, isExclusive: boolean, state: string]>([
  ['was taught by too few rejections', ONE_SIDED, false, 'RETIRED'],
  ['left such a label to its words', [], false, 'ACTIVE'],
  ['was taught where a label ends', ENOUGH, false, 'ACTIVE'],
  ['is of labels that compete', COMPETING, true, 'ACTIVE'],
  ['was taught by pictures with competing labels of which none was accepted', ONE_SIDED, true, 'RETIRED'],
])('a head of an archive that %s', async (_, learned, isExclusive, state) => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED', two: 'ACCEPTED' });
    const [judgement, at] = [{ logLoss: 1, accuracy: 0 }, new Date('2026-11-25T10:00:00Z')];
    const labels = [
      { prior: ENOUGH, learned: ENOUGH },
      { prior: ONE_SIDED, learned },
    ];
    await prisma.labelHead.create({
      data: {
        id: randomUUID(),
        libraryId: library.id,
        labelSetId: library.setId,
        labelIds: [...library.labelIds],
        modelId: 'model',
        version: 1,
        state: 'ACTIVE',
        isExclusive,
        weights: Buffer.alloc(8),
        bias: [0, 0],
        priorScale: 1,
        decisions: 8,
        pictures: 8,
        metrics: { prior: judgement, learned: judgement, labels },
        readAt: at,
        activatedAt: at,
      },
    });
    const folder = await exportLibrary(stores, library);
    await prisma.labelHead.deleteMany();
    await importAgain(stores, folder);
    expect(await prisma.labelHead.findMany()).toMatchObject([{ state, activatedAt: state === 'ACTIVE' ? at : null }]);
  });
});
