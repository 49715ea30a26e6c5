import { LIBRARY_PAYLOAD } from '../access/library-scope.js';
import type { Asset } from '../database/generated/client.js';
import type { Payload, PayloadSchema } from '../vectorstore/vectorstore.js';

/** What the vector store is told of an asset, so that it can filter by itself. Dates are epoch milliseconds. */
export const ASSET_PAYLOAD = {
  ...LIBRARY_PAYLOAD,
  mimeType: 'keyword',
  orientation: 'keyword',
  tags: 'keywords',
  labels: 'keywords',
  uploadedAt: 'number',
  capturedAt: 'number',
  byteSize: 'number',
  width: 'number',
  height: 'number',
  rating: 'number',
  isFavourite: 'boolean',
  isTrashed: 'boolean',
} as const satisfies PayloadSchema;

/** @param labels keys of the labels that were not rejected */
export function toPayload(asset: Asset, labels: readonly string[]): Payload {
  return {
    libraryId: asset.libraryId,
    mimeType: asset.mimeType,
    orientation: asset.orientation,
    tags: asset.tags,
    labels,
    uploadedAt: asset.uploadedAt.getTime(),
    capturedAt: asset.capturedAt?.getTime() ?? null,
    byteSize: Number(asset.byteSize),
    width: asset.width,
    height: asset.height,
    rating: asset.rating,
    isFavourite: asset.isFavourite,
    isTrashed: asset.trashedAt !== null,
  };
}
