import type { AssetLine } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import type { ArchiveReader } from './archive-reader.js';
import { fileProblem } from './file-problem.js';
import type { ImportListener } from './import-listener.js';
import type { Place } from './import-target.js';
import { blobKey, ORIGINAL, RENDITION_FILES, RENDITION_NAMES, renditionDigest } from '../assets/asset-files.js';

/** The fields of the row that depend on what the archive has of the asset, and its embedding. */
export type ImportedFiles = Partial<AssetLine['asset']> &
  Pick<AssetLine['asset'], 'state'> & { readonly embedding: Float32Array | null };

/**
 * Copies the files of an asset into the blob store, each checked by its SHA-256. An asset that was READY stays so when
 * nothing is missing and its embedding is of the model that is used here; else it is to be processed.
 * @throws ARCHIVE_DAMAGED naming the original
 */
export async function importFiles(
  parts: ArchiveParts,
  archive: ArchiveReader,
  { line, libraryId }: Place,
  listener: ImportListener,
): Promise<ImportedFiles> {
  const { asset, files, embedding: place } = line;
  /** @returns its SHA-256; undefined where the archive does not have it */
  const copy = async (fileName: string): Promise<string | undefined> => {
    const info = files[fileName];
    if (info) await parts.blobs.write(blobKey(libraryId, asset.id, fileName), archive.file(asset.id, fileName, info));
    return info?.sha256;
  };
  const hasOriginal = await copy(ORIGINAL);
  const renditions: AssetLine['asset']['renditions'] = {};
  for (const name of RENDITION_NAMES)
    try {
      const info = asset.renditions[name];
      const sha256 = info && (await copy(RENDITION_FILES[name].fileName));
      if (sha256) renditions[name] = { ...info, digest: renditionDigest(sha256) };
    } catch (error) {
      // It can be made again.
      listener.onProblem(await fileProblem(parts.blobs, error));
    }
  if (!hasOriginal) {
    const failureMessage = 'expected the original in the archive, received none';
    listener.onProblem(`${failureMessage}: ${asset.id} (${asset.originalName})`);
    return { ...FAILED, failureMessage, renditions };
  }
  if (asset.state !== 'READY') return { state: asset.state, renditions, embedding: null };
  const isWhole = place !== null && archive.manifest.model.id === parts.modelId && isComplete(renditions);
  if (isWhole) return { state: 'READY', embedding: await archive.embedding(place) };
  return { state: 'PENDING', renditions, processedAt: null, embedding: null };
}

const FAILED = { state: 'FAILED', failureCode: 'ORIGINAL_MISSING', embedding: null } as const;

function isComplete(renditions: AssetLine['asset']['renditions']): boolean {
  return RENDITION_NAMES.every((name) => renditions[name]);
}
