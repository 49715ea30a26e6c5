import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import {
  COLLECTION_ASSETS,
  collectionAssetLineSchema,
  collectionLineSchema,
  COLLECTIONS,
  SAVED_SEARCHES,
  savedSearchLineSchema,
} from './archive-format.js';
import type { ArchiveReader } from './archive-reader.js';
import type { ImportTarget } from './import-target.js';
import type { ImportedLabels } from './imported-labels.js';
import { labelKey } from '../assets/label-name.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import { inPages } from '../pages.js';

type CollectionLine = z.output<typeof collectionLineSchema>;

/**
 * After the assets. Collections and saved searches are known by their names: one that is there stays as it is, but what
 * was in it joins what is.
 */
export async function importCollections(
  prisma: PrismaClient,
  archive: ArchiveReader,
  target: ImportTarget,
  labels: ImportedLabels,
): Promise<void> {
  const collectionIds = new Map<string, string>();
  const idsHere = {
    collection: (id: string) => collectionIds.get(id),
    label: (id: string) => labels.label(id)?.id,
    labelSet: (id: string) => labels.setId(id),
  };
  // What is chosen by a filter comes after what filters name.
  for await (const lines of inPages(archive.lines(COLLECTIONS, collectionLineSchema)))
    await addChosen(
      prisma,
      target,
      lines.filter(({ query }) => query === null),
      collectionIds,
    );
  for await (const lines of inPages(archive.lines(COLLECTIONS, collectionLineSchema)))
    await addCollections(
      prisma,
      target,
      lines.flatMap((line) => (line.query === null ? [] : { ...line, query: toJson(line.query, idsHere) })),
    );
  for await (const lines of inPages(archive.lines(SAVED_SEARCHES, savedSearchLineSchema))) {
    const isTaken = idsOf(
      await prisma.savedSearch.findMany({ where: { id: { in: lines.map(({ id }) => id) } }, select: { id: true } }),
    );
    await prisma.savedSearch.createMany({
      data: lines.map((line) => ({ ...named(line, target, isTaken), query: toJson(line.query, idsHere) })),
      skipDuplicates: true,
    });
  }
  for await (const lines of inPages(archive.lines(COLLECTION_ASSETS, collectionAssetLineSchema)))
    await addMembers(prisma, target, lines);
}

/** @param ids is told the id here of each, by that in the archive */
async function addChosen(
  prisma: PrismaClient,
  target: ImportTarget,
  lines: readonly CollectionLine[],
  ids: Map<string, string>,
): Promise<void> {
  await addCollections(
    prisma,
    target,
    lines.map((line) => ({ ...line, query: Prisma.DbNull })),
  );
  const keys = lines.map(({ library, name }) => ({ libraryId: target.idOf(library), nameKey: labelKey(name) }));
  const found = await prisma.collection.findMany({
    where: {
      libraryId: { in: [...new Set(keys.map(({ libraryId }) => libraryId))] },
      nameKey: { in: keys.map(({ nameKey }) => nameKey) },
    },
    select: { id: true, libraryId: true, nameKey: true },
  });
  const idsHere = new Map(found.map(({ id, libraryId, nameKey }) => [`${libraryId} ${nameKey}`, id]));
  for (const [index, { libraryId, nameKey }] of keys.entries()) {
    const id = idsHere.get(`${libraryId} ${nameKey}`);
    if (id !== undefined) ids.set(lines[index]!.id, id);
  }
}

async function addCollections(
  prisma: PrismaClient,
  target: ImportTarget,
  lines: readonly (Omit<CollectionLine, 'query'> & { query: Prisma.InputJsonObject | typeof Prisma.DbNull })[],
): Promise<void> {
  const ids = lines.map(({ id }) => id);
  const isTaken = idsOf(await prisma.collection.findMany({ where: { id: { in: ids } }, select: { id: true } }));
  const covers = lines.flatMap(({ coverId }) => coverId ?? []);
  const isCover = idsOf(await prisma.asset.findMany({ where: { id: { in: covers } }, select: { id: true } }));
  await prisma.collection.createMany({
    data: lines.map((line) => ({
      ...named(line, target, isTaken),
      description: line.description,
      coverId: line.coverId !== null && isCover.has(line.coverId) ? line.coverId : null,
      query: line.query,
    })),
    skipDuplicates: true,
  });
}

/** An id that is taken is that of the same row here, which is then known by its name, or of another library's. */
function named(
  line: Omit<z.output<typeof savedSearchLineSchema>, 'query'>,
  target: ImportTarget,
  isTaken: ReadonlySet<string>,
) {
  const { id, library, name, createdById, createdAt, updatedAt } = line;
  return {
    id: isTaken.has(id) ? randomUUID() : id,
    libraryId: target.idOf(library),
    name,
    nameKey: labelKey(name),
    createdById,
    createdAt,
    updatedAt,
  };
}

/** Of an asset that was refused there is none; it is passed over. */
async function addMembers(
  prisma: PrismaClient,
  target: ImportTarget,
  lines: readonly z.output<typeof collectionAssetLineSchema>[],
): Promise<void> {
  const members = lines.map(({ library, collection, sha256, addedAt }) => ({
    libraryId: target.idOf(library),
    nameKey: labelKey(collection),
    sha256,
    addedAt,
  }));
  await prisma.$executeRaw`
    INSERT INTO collection_asset (collection_id, asset_id, added_at)
    SELECT collection.id, asset.id, "addedAt"
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(members)}::jsonb)
      AS ("libraryId" uuid, "nameKey" text, sha256 char(64), "addedAt" timestamptz)) WITH ORDINALITY
      AS member ("libraryId", "nameKey", sha256, "addedAt", place)
    JOIN collection ON collection.library_id = "libraryId" AND collection.name_key = "nameKey"
      AND collection.query IS NULL
    JOIN asset ON asset.library_id = "libraryId" AND asset.sha256 = member.sha256
    ORDER BY place ON CONFLICT DO NOTHING`;
}

function idsOf(rows: readonly { readonly id: string }[]): Set<string> {
  return new Set(rows.map(({ id }) => id));
}

type IdHere = (archivedId: string) => string | null | undefined;

/** With the ids here of what its filter names, however deep. What is not here is named as it was. */
function toJson(
  query: z.output<typeof savedSearchLineSchema>['query'],
  idsHere: Readonly<Record<'collection' | 'label' | 'labelSet', IdHere>>,
): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(query), (key, value: unknown) => {
    if (key === 'collections' && Array.isArray(value)) return value.map((id: string) => idsHere.collection(id) ?? id);
    if (typeof value !== 'string') return value;
    if (key === 'labelId') return idsHere.label(value) ?? value;
    return key === 'labelSetId' ? (idsHere.labelSet(value) ?? value) : value;
  }) as Prisma.InputJsonObject;
}
