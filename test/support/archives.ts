import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import { insertAsset } from './rows.js';
import { temporaryFolder } from '../e2e/support/data-dir.js';
import type { LineFile } from '#dist/archive/archive-format.js';
import { ArchiveReader } from '#dist/archive/archive-reader.js';
import { exportArchive } from '#dist/archive/export.js';
import { infoOf } from '#dist/archive/hashed-file.js';
import { importArchive, type ImportSummary } from '#dist/archive/import.js';
import { blobKey, ORIGINAL, RENDITION_FILES, RENDITION_NAMES } from '#dist/assets/asset-files.js';
import { toPayload } from '#dist/assets/asset-payload.js';
import { archivePartsOf } from '#dist/cli/archive.js';
import type { OpenStores } from '#dist/cli/with-stores.js';
import type { LabelState } from '#dist/database/generated/enums.js';

/** A library with one set, and one asset that is READY and has all of these labels of it. */
export interface LabelledLibrary {
  readonly id: string;
  readonly name: string;
  readonly setId: string;
  /** In the order of their names. */
  readonly labelIds: readonly string[];
  readonly assetId: string;
}

/** @param labels of the set, by their names in order: whether they were accepted, each a day after the one before */
export async function insertLabelledLibrary(
  { database: { prisma }, blobs, models: [{ modelId, collection }] }: OpenStores,
  labels: Readonly<Record<string, LabelState>>,
): Promise<LabelledLibrary> {
  const [id, setId, assetId, batchId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const names = Object.keys(labels);
  // The first name has the last id, so that the two orders differ.
  const labelIds = names.map(() => randomUUID()).sort();
  labelIds.reverse();
  await prisma.library.create({ data: { id, name: id, fileSecret: Buffer.alloc(32) } });
  await prisma.labelSet.create({ data: { id: setId, libraryId: id, name: 'set', nameKey: 'set' } });
  await prisma.label.createMany({
    data: names.map((name, index) => ({
      id: labelIds[index]!,
      libraryId: id,
      labelSetId: setId,
      name,
      nameKey: name,
    })),
  });
  const bytes = Buffer.from(assetId);
  const rendition = { width: 1, height: 1, byteSize: bytes.length };
  const renditions = Object.fromEntries(RENDITION_NAMES.map((name) => [name, rendition]));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await insertAsset(prisma, id, { id: assetId, state: 'READY', sha256, byteSize: bytes.length });
  const asset = await prisma.asset.update({ where: { id: assetId }, data: { renditions } });
  for (const fileName of [ORIGINAL, ...RENDITION_NAMES.map((name) => RENDITION_FILES[name].fileName)])
    await blobs.write(blobKey(id, assetId, fileName), Readable.from([bytes]));
  const vector = new Float32Array(collection.spec.dimension);
  vector[0] = 1;
  await collection.upsert([{ id: assetId, vector, payload: toPayload(asset, names) }]);
  await prisma.embedding.create({ data: { assetId, modelId } });
  await prisma.labelBatch.create({ data: { id: batchId, libraryId: id, kind: 'REVIEW', labelSetId: setId } });
  for (const [index, [labelName, state]] of Object.entries(labels).entries()) {
    const decidedAt = new Date(Date.UTC(2026, 0, 1 + index));
    const change = { assetId, labelId: labelIds[index]!, source: 'HUMAN', state, revision: 1 } as const;
    await prisma.assetLabel.create({ data: { ...change, decidedAt } });
    await prisma.labelEvent.create({ data: { ...change, labelName, batchId, at: decidedAt } });
  }
  return { id, name: id, setId, labelIds, assetId };
}

/** @returns the folder */
export async function exportLibrary(stores: OpenStores, { name: library }: LabelledLibrary): Promise<string> {
  const folder = join(await temporaryFolder(), 'archive');
  const onProblem = (problem: string) => {
    throw new Error(problem);
  };
  await exportArchive(archivePartsOf(stores), folder, { library, isWithKeys: false, onProblem });
  return folder;
}

/** Imports what is not there any more; every problem is an error. */
export function importAgain(stores: OpenStores, folder: string): Promise<ImportSummary> {
  const fail = (problem: string) => {
    throw new Error(problem);
  };
  const listener = { onProblem: fail, onDuplicate: fail };
  return importArchive(archivePartsOf(stores), folder, listener, { isWithKeys: false });
}

export async function archivedLines<Line>(folder: string, name: LineFile, schema: z.ZodType<Line>): Promise<Line[]> {
  const archive = await ArchiveReader.open(folder);
  try {
    const lines: Line[] = [];
    for await (const line of archive.lines(name, schema)) lines.push(line);
    return lines;
  } finally {
    await archive.close();
  }
}

/** Changes the lines of a file, and what the manifest says of it. */
export async function rewrite(
  archive: string,
  name: string,
  change: (line: Record<string, unknown>) => object,
): Promise<void> {
  const [path, manifest] = [join(archive, name), join(archive, 'manifest.json')];
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  await writeFile(
    path,
    lines.map((line) => `${JSON.stringify(change(JSON.parse(line) as object as never))}\n`).join(''),
  );
  const parsed = JSON.parse(await readFile(manifest, 'utf8')) as { files: Record<string, unknown> };
  parsed.files[name] = await infoOf(archive, name);
  await writeFile(manifest, JSON.stringify(parsed));
}
