import pLimit from 'p-limit';
import type { Finding } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { settledAssets } from './owners.js';
import { assetPages } from '../assets/asset-pages.js';
import { blobKey, ORIGINAL, RENDITION_FILES, RENDITION_NAMES, type Renditions } from '../assets/asset-files.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { Asset } from '../database/generated/client.js';

const ASKED_AT_ONCE = 16;
const KNOWN_TO_BE_LOST = ['ORIGINAL_MISSING', 'ORIGINAL_DAMAGED'];

/** Rows without files: originals and renditions that are missing, or of another size than the row says. */
export async function* checkFiles({ prisma, blobs }: LibraryParts): AsyncIterable<Finding[]> {
  for await (const assets of assetPages(prisma)) {
    const suspects = await examine(blobs, assets);
    if (suspects.length === 0) continue;
    // Once more: an asset may have been deleted meanwhile, or be at work, which writes files before it writes the row.
    const ids = suspects.map(({ subject }) => subject);
    yield await examine(blobs, await settledAssets(prisma, ids));
  }
}

async function examine(blobs: BlobStore, assets: readonly Asset[]): Promise<Finding[]> {
  return (await pLimit(ASKED_AT_ONCE).map(assets, (asset) => examineOne(blobs, asset))).flat();
}

async function examineOne(blobs: BlobStore, asset: Asset): Promise<Finding[]> {
  const { id, libraryId, state, failureCode } = asset;
  if (state === 'FAILED' && KNOWN_TO_BE_LOST.includes(failureCode ?? '')) return [];
  const original = await blobs.stat(blobKey(libraryId, id, ORIGINAL));
  if (!original) return [{ kind: 'original-missing', subject: id }];
  if (original.byteSize !== Number(asset.byteSize)) return [{ kind: 'original-damaged', subject: id }];
  const isWhole = state !== 'READY' || (await hasRenditions(blobs, asset));
  return isWhole ? [] : [{ kind: 'rendition-missing', subject: id }];
}

async function hasRenditions(blobs: BlobStore, { id, libraryId, renditions }: Asset): Promise<boolean> {
  for (const name of RENDITION_NAMES) {
    const expected = (renditions as Renditions)[name];
    const found = expected && (await blobs.stat(blobKey(libraryId, id, RENDITION_FILES[name].fileName)));
    if (found?.byteSize !== expected?.byteSize || !found) return false;
  }
  return true;
}
