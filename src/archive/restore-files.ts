import type { AssetLine } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import type { ArchiveReader } from './archive-reader.js';
import { fileProblem } from './file-problem.js';
import { holdAsset } from './hold-asset.js';
import type { ImportListener } from './import-listener.js';
import type { Place } from './import-target.js';
import { blobKey, byteSizes, isOriginalLost, ORIGINAL, renditionDigest, renditionInfo } from '../assets/asset-files.js';
import { processAgain } from '../assets/process-again.js';
import { hasBytes } from '../blobstore/has-bytes.js';
import type { Asset } from '../database/generated/client.js';

/**
 * Gives an asset that is there the files back that it has lost, where the archive has them. With its original one that had
 * FAILED is processed again.
 * @param id of the asset, which has the bytes of that of the archive
 * @returns whether anything was restored
 */
export async function restoreFiles(
  parts: ArchiveParts,
  archive: ArchiveReader,
  { line, libraryId }: Place,
  id: string,
  listener: ImportListener,
): Promise<boolean> {
  const { prisma, blobs } = parts;
  const find = () => prisma.asset.findUnique({ where: { id } });
  const asset = await find();
  if (!asset || (await lostFiles(parts, asset, line)).length === 0) return false;
  const restored: string[] = [];
  await holdAsset(parts, { ...line.asset, id }, libraryId, async () => {
    // Again: it may have been deleted, or restored by another import.
    const current = await find();
    if (!current) return;
    for (const fileName of await lostFiles(parts, current, line))
      try {
        const source = archive.file(line.asset.id, fileName, line.files[fileName]!);
        await blobs.write(blobKey(libraryId, id, fileName), source);
        restored.push(fileName);
      } catch (error) {
        listener.onProblem(await fileProblem(blobs, error));
      }
    // Not before the renditions, which a worker would write at the same time.
    if (restored.includes(ORIGINAL)) await processAgain(prisma, [id], 'FAILED');
  });
  return restored.length > 0;
}

/**
 * The files of the archive that are missing here, or not as they were: read, because a disk that rots leaves the sizes as
 * they are. The original comes first.
 */
async function lostFiles({ blobs }: ArchiveParts, asset: Asset, { files }: AssetLine): Promise<string[]> {
  const lost: string[] = [];
  for (const [fileName, byteSize] of byteSizes(asset)) {
    const archived = files[fileName];
    // A rendition that was made anew since the export is another one.
    if (archived?.byteSize !== byteSize) continue;
    const digest = renditionInfo(asset, fileName)?.digest;
    if (digest !== undefined && digest !== renditionDigest(archived.sha256)) continue;
    const isKnownToBeLost = fileName === ORIGINAL && isOriginalLost(asset);
    const key = blobKey(asset.libraryId, asset.id, fileName);
    if (isKnownToBeLost || !(await hasBytes(blobs, key, archived.sha256))) lost.push(fileName);
  }
  return lost;
}
