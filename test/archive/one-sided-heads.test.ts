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
/** Of PICTURES too: each is accepted here or in ENOUGH. */
const COMPETING: Bins = [[90, 2, 2]];
const REJECTED: Bins = [[90, 1, 3]];
const PICTURES = 4;

test.each<[what: string, learned: Bins, isExclusive: boolean, isKept: boolean]>([
  ['were taught by too few rejections', ONE_SIDED, false, false],
  ['left such a label to its words', [], false, true],
  ['were taught where a label ends', ENOUGH, false, true],
  ['are of labels that compete', COMPETING, true, true],
  ['were taught by a picture with competing labels of which none was accepted', REJECTED, true, false],
])('heads of an archive that %s', async (_, learned, isExclusive, isKept) => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, { one: 'ACCEPTED', two: 'ACCEPTED' });
    const [judgement, at] = [{ logLoss: 1, accuracy: 0 }, new Date('2026-11-25T10:00:00Z')];
    const labels = [
      { prior: ENOUGH, learned: ENOUGH },
      { prior: ONE_SIDED, learned },
    ];
    // One to go back to, the one that answers, and one that was not good enough.
    const versions = [
      { version: 1, state: 'RETIRED', activatedAt: at },
      { version: 2, state: 'ACTIVE', activatedAt: at },
      { version: 3, state: 'CANDIDATE', activatedAt: null },
    ] as const;
    await prisma.labelHead.createMany({
      data: versions.map((version) => ({
        ...version,
        id: randomUUID(),
        libraryId: library.id,
        labelSetId: library.setId,
        labelIds: [...library.labelIds],
        modelId: 'model',
        isExclusive,
        weights: Buffer.alloc(8),
        bias: [0, 0],
        priorScale: 1,
        decisions: 8,
        pictures: PICTURES,
        metrics: { prior: judgement, learned: judgement, labels },
        readAt: at,
      })),
    });
    const folder = await exportLibrary(stores, library);
    await prisma.labelHead.deleteMany();
    await importAgain(stores, folder);
    const gone = { state: 'RETIRED', activatedAt: null };
    expect(await prisma.labelHead.findMany({ orderBy: { version: 'asc' } })).toMatchObject(
      versions.map((version) => (isKept ? version : { ...version, ...gone })),
    );
  });
});
