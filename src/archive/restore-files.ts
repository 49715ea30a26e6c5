import type { AssetLine } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import type { ArchiveReader } from './archive-reader.js';
import { holdAsset } from './hold-asset.js';
import type { ImportListener } from './import-listener.js';
import type { Place } from './import-target.js';
import { blobKey, byteSizes, isOriginalLost, LOST_ORIGINAL, ORIGINAL } from '../assets/asset-files.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError } from '../errors.js';

/**
 * Gives an asset that is there the files back that it has lost, where the archive has them. One that had FAILED for want of
 * its original is processed again.
 * @returns whether anything was restored
 */
export async function restoreFiles(
  parts: ArchiveParts,
  archive: ArchiveReader,
  { line, libraryId }: Place,
  listener: ImportListener,
): Promise<boolean> {
  const { id } = line.asset;
  const find = () => parts.prisma.asset.findUnique({ where: { id } });
  const asset = await find();
  if (!asset || (await lostFiles(parts, asset, line)).length === 0) return false;
  let isRestored = false;
  await holdAsset(parts, line.asset, libraryId, async () => {
    // Again: it may have been deleted, or restored by another import.
    const current = await find();
    if (!current) return;
    try {
      for (const fileName of await lostFiles(parts, current, line)) {
        await parts.blobs.write(blobKey(libraryId, id, fileName), archive.file(id, fileName, line.files[fileName]!));
        isRestored = true;
      }
      if (isOriginalLost(current)) await processAgain(parts, current);
    } catch (error) {
      if (!(error instanceof AfterimageError) || error.code !== 'ARCHIVE_DAMAGED') throw error;
      listener.onProblem(error.message);
    }
  });
  return isRestored;
}

/** The files of the archive that are missing here, or of another size than the row says. The original comes first. */
async function lostFiles({ blobs }: ArchiveParts, asset: Asset, { files }: AssetLine): Promise<string[]> {
  const lost: string[] = [];
  for (const [fileName, byteSize] of byteSizes(asset)) {
    // A rendition that was made anew since the export is another one.
    if (files[fileName]?.byteSize !== byteSize) continue;
    const isKnownToBeLost = fileName === ORIGINAL && isOriginalLost(asset);
    const found = isKnownToBeLost ? null : await blobs.stat(blobKey(asset.libraryId, asset.id, fileName));
    if (found?.byteSize !== byteSize) lost.push(fileName);
  }
  return lost;
}

async function processAgain({ prisma, queue }: ArchiveParts, { id, libraryId }: Asset): Promise<void> {
  await prisma.$transaction(async (transaction) => {
    const { count } = await transaction.asset.updateMany({
      where: { id, state: 'FAILED', failureCode: { in: [...LOST_ORIGINAL] } },
      data: { state: 'PENDING', failureCode: null, failureMessage: null },
    });
    if (count === 0) return;
    await transaction.job.deleteMany({ where: { assetId: id, kind: 'PROCESS_ASSET', state: 'FAILED' } });
    await queue.enqueue(transaction, [{ libraryId, kind: 'PROCESS_ASSET', assetId: id }]);
  });
}
