import { faultOf } from './blob-fault.js';
import type { BlobStore } from './blobstore.js';

/** Whether any blob that can be found has a key that begins so. @throws BLOB_STORE_FAILED */
export async function holdsAny(blobs: BlobStore, prefix: string): Promise<boolean> {
  const onFault = async (_folder: string, failure: unknown) => void (await faultOf(blobs, failure));
  for await (const _key of blobs.list(prefix, onFault)) return true;
  return false;
}
