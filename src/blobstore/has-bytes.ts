import { storeFailed } from './blob-errors.js';
import { faultOf } from './blob-fault.js';
import type { BlobStore } from './blobstore.js';
import { digestOf } from '../byte-digest.js';
import { AfterimageError } from '../errors.js';

/** Whether a blob can be read and has this SHA-256, in lower-case hex. All of it is read. @throws BLOB_STORE_FAILED */
export async function hasBytes(blobs: BlobStore, key: string, sha256: string): Promise<boolean> {
  try {
    return (await digestOf(await blobs.read(key))).sha256 === sha256;
  } catch (cause) {
    await faultOf(blobs, cause instanceof AfterimageError ? cause : storeFailed('read', key, cause));
    return false;
  }
}
