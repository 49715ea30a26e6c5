import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { embedded } from '../e2e/support/installations.js';
import { inStores } from '../e2e/support/stores.js';
import { exportLibrary, insertLabelledLibrary } from '../support/archives.js';
import { importArchive } from '#dist/archive/import.js';
import { archivePartsOf } from '#dist/cli/archive.js';

const MAX_LABELS = 1_000;

test('a set takes no more labels from an archive than it may have, and names how many were left out', async () => {
  await inStores(await embedded.settings(), async (stores) => {
    const { prisma } = stores.database;
    const library = await insertLabelledLibrary(stores, { a: 'ACCEPTED', both: 'ACCEPTED', late: 'ACCEPTED' });
    const { id: libraryId, setId: labelSetId, assetId } = library;
    const folder = await exportLibrary(stores, library);
    await prisma.asset.delete({ where: { id: assetId } });
    await prisma.label.deleteMany({ where: { labelSetId } });
    const names = ['both', ...Array.from({ length: MAX_LABELS - 2 }, (_, index) => `own ${index}`)];
    await prisma.label.createMany({
      data: names.map((name) => ({ id: randomUUID(), libraryId, labelSetId, name, nameKey: name })),
    });

    const problems: string[] = [];
    const listener = { onProblem: (problem: string) => problems.push(problem), onDuplicate: () => undefined };
    const run = () => importArchive(archivePartsOf(stores), folder, listener, { isWithKeys: false });
    expect(await run()).toMatchObject({ imported: 1, refused: 0 });
    const problem =
      'expected at most 1000 labels in the label set set, received 1 more in the archive, which are left out';
    expect(problems).toEqual([problem]);
    expect(await prisma.label.count({ where: { labelSetId } })).toBe(MAX_LABELS);
    const given = await prisma.assetLabel.findMany({
      where: { assetId },
      select: { label: { select: { name: true } } },
    });
    expect(given.map(({ label }) => label.name).sort()).toEqual(['a', 'both']);
    await run();
    expect(problems).toEqual([problem, problem]);
  });
});
