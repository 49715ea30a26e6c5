import type { ExamineOptions } from './doctor.js';
import type { Finding, FindingKind } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { stillThere } from './owners.js';
import { assetPages } from '../assets/asset-pages.js';
import { blobKey, byteSizes, isKnownLost, isOriginalLost, ORIGINAL, RENDITION_FILES } from '../assets/asset-files.js';
import { faultOf } from '../blobstore/blob-fault.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import { compareBytes } from '../blobstore/has-bytes.js';
import type { Asset } from '../database/generated/client.js';
import { mapLimited } from '../map-limited.js';

const ASKED_AT_ONCE = 16;
// As many as an export copies: the disk, or the line, is what it waits for.
const READ_AT_ONCE = 4;
const WRONG_BYTES = {
  other: 'original-damaged',
  missing: 'original-missing',
  unreadable: 'original-unreadable',
} as const satisfies Record<string, FindingKind>;

/**
 * Rows that their files contradict: these are missing, or of another size than the row says, or are there all the same. With
 * `onOriginal` originals with other bytes too.
 */
export async function* checkFiles(
  { prisma, blobs }: LibraryParts,
  { onOriginal }: ExamineOptions,
): AsyncIterable<Finding[]> {
  const isReading = onOriginal !== undefined;
  for await (const assets of assetPages(prisma)) {
    const suspects = await examine(blobs, assets, isReading, onOriginal);
    if (suspects.length === 0) continue;
    // Once more: an asset may have been deleted or processed meanwhile. No job that it has excuses it: files are written
    // before the row that says so.
    const ids = suspects.map(({ subject }) => subject);
    yield await examine(blobs, await stillThere(prisma, ids), isReading);
  }
}

async function examine(
  blobs: BlobStore,
  assets: readonly Asset[],
  isReading: boolean,
  onOriginal?: () => void,
): Promise<Finding[]> {
  const findings = await mapLimited(isReading ? READ_AT_ONCE : ASKED_AT_ONCE, assets, async (asset) => {
    const found = await examineOne(blobs, asset, isReading);
    onOriginal?.();
    return found;
  });
  return findings.flat();
}

async function examineOne(blobs: BlobStore, asset: Asset, isReading: boolean): Promise<Finding[]> {
  try {
    return await compare(blobs, asset, isReading);
  } catch (error) {
    // Its folder may not be entered, or the disk does not give it.
    await faultOf(blobs, error);
    return isKnownLost(asset) ? [] : [{ kind: 'original-unreadable', subject: asset.id }];
  }
}

async function compare(blobs: BlobStore, asset: Asset, isReading: boolean): Promise<Finding[]> {
  const { id, libraryId, state, sha256 } = asset;
  const key = blobKey(libraryId, id, ORIGINAL);
  const original = await blobs.stat(key);
  const hasSize = original?.byteSize === Number(asset.byteSize);
  if (!hasSize && isKnownLost(asset)) return [];
  if (!original) return [{ kind: 'original-missing', subject: id }];
  if (!hasSize) return [{ kind: 'original-damaged', subject: id }];
  // One that was lost is not found as long as it has the size alone.
  if (isReading || isOriginalLost(asset)) {
    const bytes = await compareBytes(blobs, key, sha256);
    if (bytes !== 'same') return isKnownLost(asset) ? [] : [{ kind: WRONG_BYTES[bytes], subject: id }];
  }
  if (isOriginalLost(asset)) return [{ kind: 'original-found', subject: id }];
  const isWhole = state !== 'READY' || (await hasRenditions(blobs, asset));
  return isWhole ? [] : [{ kind: 'rendition-missing', subject: id }];
}

async function hasRenditions(blobs: BlobStore, asset: Asset): Promise<boolean> {
  const sizes = byteSizes(asset);
  for (const { fileName } of Object.values(RENDITION_FILES)) {
    const byteSize = sizes.get(fileName);
    if (byteSize === undefined) return false;
    const found = await blobs.stat(blobKey(asset.libraryId, asset.id, fileName));
    if (found?.byteSize !== byteSize) return false;
  }
  return true;
}
