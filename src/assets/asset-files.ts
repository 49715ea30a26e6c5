import type { Asset } from '../database/generated/client.js';
import { isId } from '../id.js';

/** The files of an asset. A rendition is derived from the original, upright and without its metadata. */
export const RENDITION_NAMES = ['THUMBNAIL', 'PREVIEW'] as const;
export type RenditionName = (typeof RENDITION_NAMES)[number];

export interface RenditionFile {
  readonly fileName: string;
  readonly mimeType: string;
  /** Pixels; a smaller picture is not enlarged. */
  readonly maxEdge: number;
}

export const RENDITION_FILES: Readonly<Record<RenditionName, RenditionFile>> = {
  THUMBNAIL: { fileName: 'thumbnail.webp', mimeType: 'image/webp', maxEdge: 512 },
  PREVIEW: { fileName: 'preview.jpg', mimeType: 'image/jpeg', maxEdge: 1440 },
};

export const ORIGINAL = 'original';
export const FILE_NAMES: readonly string[] = [
  ORIGINAL,
  ...Object.values(RENDITION_FILES).map(({ fileName }) => fileName),
];

/** Where a file of an asset lies in the blob store. */
export function blobKey(libraryId: string, assetId: string, fileName: string): string {
  // Two more characters, so that no folder of a file system holds every asset.
  return `${libraryId}/${assetId.slice(0, 2)}/${assetId}/${fileName}`;
}

export function blobKeys(libraryId: string, assetId: string): string[] {
  return FILE_NAMES.map((name) => blobKey(libraryId, assetId, name));
}

/** The asset that a key in the blob store is of, and which of its files; null for a key that `blobKey` does not give. */
export function parseBlobKey(key: string): { libraryId: string; assetId: string; fileName: string } | null {
  const [libraryId = '', , assetId = '', fileName = ''] = key.split('/');
  if (!isId(libraryId) || !isId(assetId)) return null;
  return blobKey(libraryId, assetId, fileName) === key ? { libraryId, assetId, fileName } : null;
}

/** The path, below the address of the server, at which a file is delivered. */
export function filePath(libraryId: string, assetId: string, fileName: string): string {
  return `files/${libraryId}/${assetId}/${fileName}`;
}

/** A type, not an interface: Prisma takes only those for JSON. */
export type RenditionInfo = {
  readonly width: number;
  readonly height: number;
  readonly byteSize: number;
  /** Of its bytes, by `renditionDigest`. One that was stored before there were any has none. */
  readonly digest?: string | undefined;
};
/** What `asset.renditions` holds. */
export type Renditions = Partial<Record<RenditionName, RenditionInfo>>;

/** Tells a rendition from the one that was there before: the beginning of its SHA-256, 64 bits in hex. */
export function renditionDigest(sha256: string): string {
  return sha256.slice(0, 16);
}

/** What the row says of a file; undefined for the original, and for a rendition that is not there. */
export function renditionInfo({ renditions }: Pick<Asset, 'renditions'>, fileName: string): RenditionInfo | undefined {
  const name = RENDITION_NAMES.find((each) => RENDITION_FILES[each].fileName === fileName);
  return name && (renditions as Renditions)[name];
}

type Failed = Pick<Asset, 'state' | 'failureCode'>;

/** What an asset FAILED with whose original was found to be no longer in the blob store as it was. */
export const LOST_ORIGINAL = ['ORIGINAL_MISSING', 'ORIGINAL_DAMAGED'] as const;

export function isKnownLost({ state, failureCode }: Failed): boolean {
  return state === 'FAILED' && (LOST_ORIGINAL as readonly (string | null)[]).includes(failureCode);
}

/** Whether an asset FAILED for want of its original: as above, or because the job that was to process it found none. */
export function isOriginalLost(asset: Failed): boolean {
  return isKnownLost(asset) || (asset.state === 'FAILED' && asset.failureCode === 'BLOB_NOT_FOUND');
}

/** Bytes of each file that the row says there is, by its name; the original first. */
export function byteSizes(asset: Pick<Asset, 'byteSize' | 'renditions'>): Map<string, number> {
  const sizes = new Map([[ORIGINAL, Number(asset.byteSize)]]);
  for (const name of RENDITION_NAMES) {
    const rendition = (asset.renditions as Renditions)[name];
    if (rendition) sizes.set(RENDITION_FILES[name].fileName, rendition.byteSize);
  }
  return sizes;
}
