import type { Finding } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { stillThere } from './owners.js';
import { assetPages } from '../assets/asset-pages.js';
import { blobKey, byteSizes, isKnownLost, isOriginalLost, ORIGINAL, RENDITION_FILES } from '../assets/asset-files.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { Asset } from '../database/generated/client.js';
import { mapLimited } from '../map-limited.js';

const ASKED_AT_ONCE = 16;

/** Rows that their files contradict: these are missing, or of another size than the row says, or are there all the same. */
export async function* checkFiles({ prisma, blobs }: LibraryParts): AsyncIterable<Finding[]> {
  for await (const assets of assetPages(prisma)) {
    const suspects = await examine(blobs, assets);
    if (suspects.length === 0) continue;
    // Once more: an asset may have been deleted or processed meanwhile. No job that it has excuses it: files are written
    // before the row that says so.
    const ids = suspects.map(({ subject }) => subject);
    yield await examine(blobs, await stillThere(prisma, ids));
  }
}

async function examine(blobs: BlobStore, assets: readonly Asset[]): Promise<Finding[]> {
  return (await mapLimited(ASKED_AT_ONCE, assets, (asset) => examineOne(blobs, asset))).flat();
}

async function examineOne(blobs: BlobStore, asset: Asset): Promise<Finding[]> {
  const { id, libraryId, state } = asset;
  const original = await blobs.stat(blobKey(libraryId, id, ORIGINAL));
  const isThere = original?.byteSize === Number(asset.byteSize);
  if (!isThere && isKnownLost(asset)) return [];
  if (!original) return [{ kind: 'original-missing', subject: id }];
  if (!isThere) return [{ kind: 'original-damaged', subject: id }];
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
