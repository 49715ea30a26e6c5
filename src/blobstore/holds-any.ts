import type { BlobStore } from './blobstore.js';

/** Whether any blob has a key that begins so. @throws BLOB_STORE_FAILED */
export async function holdsAny(blobs: BlobStore, prefix: string): Promise<boolean> {
  for await (const _key of blobs.list(prefix)) return true;
  return false;
}
