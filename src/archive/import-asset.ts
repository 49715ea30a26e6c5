import type { ArchiveParts } from './archive-parts.js';
import type { ArchiveReader } from './archive-reader.js';
import { fileProblem } from './file-problem.js';
import { beginAsset } from './hold-asset.js';
import { importFiles, type ImportedFiles } from './import-files.js';
import { settle, type ImportedAssignment } from './imported-assignments.js';
import type { ImportListener } from './import-listener.js';
import type { Place } from './import-target.js';
import { restoreFiles } from './restore-files.js';
import { toPayload } from '../assets/asset-payload.js';
import { suggestLabels } from '../assets/automatic-labels.sql.js';

/**
 * `processing`: imported, but has yet to be processed. `present`: was there before. `restored`: was there before, and has
 * lost files back.
 */
export type AssetOutcome = 'imported' | 'processing' | 'present' | 'restored' | 'duplicate' | 'refused';

/**
 * Imports one asset as an upload is taken in: under a lease, and there when all of it is. So it may be interrupted at
 * any moment, and be run by several at once.
 */
export async function importAsset(
  parts: ArchiveParts,
  archive: ArchiveReader,
  place: Place,
  listener: ImportListener,
): Promise<AssetOutcome> {
  const { prisma, uploads, collection } = parts;
  const { line, libraryId, sameId, sameBytes } = place;
  const { id, sha256, originalName } = line.asset;
  const isHere = (known: { libraryId: string; sha256: string }) =>
    known.libraryId === libraryId && known.sha256 === sha256;
  const restore = (assetId: string) => restoreFiles(parts, archive, place, assetId, listener);
  if (sameId && isHere(sameId)) return (await restore(id)) ? 'restored' : 'present';
  if (sameId) {
    listener.onProblem(`expected no other asset with the id ${id} (${originalName}), received one`);
    return 'refused';
  }
  if (sameBytes) {
    listener.onDuplicate(`${id} (${originalName}) is there already, as ${sameBytes.id}`);
    return (await restore(sameBytes.id)) ? 'restored' : 'duplicate';
  }

  await beginAsset(parts, line.asset, libraryId);
  let isKept = false;
  try {
    // Another import of this archive may have ended between the two.
    isKept = await isThere(parts, id);
    if (isKept) {
      await uploads.becomeAsset(prisma, id);
      return 'present';
    }
    const files = await importFiles(parts, archive, place, listener);
    isKept = await register(parts, place, files);
    if (isKept) return files.state === 'PENDING' ? 'processing' : 'imported';
    listener.onDuplicate(`${id} (${originalName}) is there already`);
    return 'duplicate';
  } catch (error) {
    listener.onProblem(await fileProblem(parts.blobs, error));
    return 'refused';
  } finally {
    try {
      // Whether a transaction that failed was committed all the same only the row knows.
      if (!isKept && !(await isThere(parts, id))) {
        await collection.delete([id]);
        await uploads.discard(id, libraryId);
      }
    } finally {
      uploads.end(id);
    }
  }
}

async function isThere({ prisma }: ArchiveParts, id: string): Promise<boolean> {
  return (await prisma.asset.findUnique({ where: { id }, select: { id: true } })) !== null;
}

/** What archives do not say that were made before there were any: as the migration that made them has it. */
function settledBefore({ thumbhash, tags }: Pick<Place['line']['asset'], 'thumbhash' | 'tags'>): string[] {
  if (thumbhash !== null) return ['title', 'description', 'tags'];
  return tags.length > 0 ? ['tags'] : [];
}

/** The embedding before the row, which says that there is one. @returns false when the same bytes came in meanwhile */
async function register(parts: ArchiveParts, place: Place, files: ImportedFiles): Promise<boolean> {
  const { prisma, collection, uploads, queue, embeddings, modelId } = parts;
  const { line, libraryId, assignments, history } = place;
  const { embedding, ...fields } = files;
  const { embeddingModelId: _, ...asset } = line.asset;
  const settledFields = asset.settledFields ?? settledBefore(asset);
  const row = { ...asset, ...fields, settledFields, libraryId };
  const { id } = row;
  if (embedding) {
    const payload = toPayload({ ...row, byteSize: BigInt(row.byteSize) }, keysOf(assignments));
    await collection.upsert([{ id, vector: embedding, payload }]);
  }
  return prisma.$transaction(async (transaction) => {
    const lacking = row.state === 'READY' ? await embeddings.lacking(transaction, [modelId]) : [];
    const settled = await settle(transaction, assignments);
    const { count } = await transaction.asset.createMany({ data: [row], skipDuplicates: true });
    if (count === 0) return false;
    await uploads.becomeAsset(transaction, id);
    if (embedding) await embeddings.add(transaction, id, modelId);
    // Of its former life: a job that was to remove it, or that nobody could do.
    await transaction.job.deleteMany({ where: { assetId: id, state: { in: ['QUEUED', 'FAILED'] } } });
    await transaction.assetLabel.createMany({
      data: settled.map(({ label, ...assignment }) => ({ ...assignment, assetId: id, labelId: label.id })),
    });
    await transaction.labelEvent.createMany({ data: history.map((event) => ({ ...event, assetId: id })) });
    if (row.state === 'PENDING') await queue.enqueue(transaction, [{ libraryId, kind: 'PROCESS_ASSET', assetId: id }]);
    // The archive has those of one model only.
    if (lacking.length > 0) await queue.enqueue(transaction, [{ libraryId, kind: 'EMBED_ASSET', assetId: id }]);
    // The vector store was told of other labels.
    if (embedding && keysOf(settled).join('\n') !== keysOf(assignments).join('\n'))
      await queue.enqueue(transaction, [{ libraryId, kind: 'SYNC_VECTOR', assetId: id }]);
    if (row.state === 'READY') await suggestLabels(transaction, row);
    return true;
  });
}

/** Of the labels that were not rejected. */
function keysOf(assignments: readonly ImportedAssignment[]): string[] {
  const given = assignments.filter(({ state }) => state !== 'REJECTED');
  return [...new Set(given.map(({ label }) => label.nameKey))];
}
