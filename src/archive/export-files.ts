import type { FileInfo } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import type { ArchiveWriter } from './archive-writer.js';
import { inWords } from './hashed-file.js';
import { blobKey, ORIGINAL, RENDITION_FILES, RENDITION_NAMES, type Renditions } from '../assets/asset-files.js';
import { faultOf } from '../blobstore/blob-fault.js';
import type { Asset } from '../database/generated/client.js';

export interface ExportedFiles {
  /** Those that are in the archive, by their names. */
  readonly files: Readonly<Record<string, FileInfo>>;
  /** What was wrong with the original, a sentence. */
  readonly problem: string | null;
}

/** Copies the files of an asset. An original that is not the one that came in is left out, and so named. */
export async function exportFiles(parts: ArchiveParts, writer: ArchiveWriter, asset: Asset): Promise<ExportedFiles> {
  const { id, sha256 } = asset;
  const files: Record<string, FileInfo> = {};
  // An interrupted export may have left it; reading it here is cheaper than fetching it again.
  const known = await writer.stored(id, ORIGINAL);
  const original = known?.sha256 === sha256 ? known : await copy(parts, writer, asset, ORIGINAL);
  const isSound = typeof original !== 'string' && original.sha256 === sha256;
  if (isSound) files[ORIGINAL] = original;
  // Renditions can be made again: one that cannot be read is no loss.
  for (const name of RENDITION_NAMES)
    if ((asset.renditions as Renditions)[name]) {
      const { fileName } = RENDITION_FILES[name];
      const rendition = await copy(parts, writer, asset, fileName);
      if (typeof rendition !== 'string') files[fileName] = rendition;
    }
  return { files, problem: isSound ? null : originalProblem(asset, original) };
}

/** A sentence about an original that is not what came in. @param received what was read, or why nothing was */
export function originalProblem(
  { id, sha256, originalName }: Pick<Asset, 'id' | 'sha256' | 'originalName'>,
  received: FileInfo | string,
): string {
  const found = typeof received === 'string' ? received : inWords(received);
  return `expected SHA-256 ${sha256} for the original of ${id} (${originalName}), received ${found}`;
}

/** @returns what was copied, or what is wrong with the file */
async function copy(
  { blobs }: ArchiveParts,
  writer: ArchiveWriter,
  { id, libraryId }: Asset,
  fileName: string,
): Promise<FileInfo | string> {
  try {
    return await writer.addFile(id, fileName, await blobs.read(blobKey(libraryId, id, fileName)));
  } catch (error) {
    return faultOf(blobs, error);
  }
}
