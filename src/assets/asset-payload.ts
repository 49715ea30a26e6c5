import { colourCells } from './colour-cells.js';
import { LIBRARY_PAYLOAD } from '../access/library-scope.js';
import type { Asset } from '../database/generated/client.js';
import type { Payload, PayloadSchema } from '../vectorstore/vectorstore.js';

/**
 * What the vector store is told of an asset, so that it can filter by itself. Dates are epoch milliseconds, what is asked for
 * whatever its case is in lower case. Who adds a field has a migration enqueue SYNC_VECTOR for the assets that there are.
 */
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
  aspectRatio: 'number',
  cameraMake: 'keyword',
  cameraModel: 'keyword',
  lens: 'keyword',
  latitude: 'number',
  longitude: 'number',
  colours: 'keywords',
  uploadedBy: 'keyword',
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
    aspectRatio: asset.width / asset.height,
    cameraMake: asset.cameraMake?.toLowerCase() ?? null,
    cameraModel: asset.cameraModel?.toLowerCase() ?? null,
    lens: asset.lens?.toLowerCase() ?? null,
    latitude: asset.latitude,
    longitude: asset.longitude,
    colours: colourCells(asset.dominantColours),
    uploadedBy: asset.uploadedById,
    rating: asset.rating,
    isFavourite: asset.isFavourite,
    isTrashed: asset.trashedAt !== null,
  };
}
