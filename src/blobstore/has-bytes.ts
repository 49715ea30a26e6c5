import { storeFailed } from './blob-errors.js';
import { faultOf } from './blob-fault.js';
import type { BlobStore } from './blobstore.js';
import { digestOf } from '../byte-digest.js';
import { AfterimageError } from '../errors.js';

/** Whether a blob can be read and has this SHA-256, in lower-case hex. All of it is read. @throws BLOB_STORE_FAILED */
export async function hasBytes(blobs: BlobStore, key: string, sha256: string): Promise<boolean> {
  return (await compareBytes(blobs, key, sha256)) === 'same';
}

/** As above, but tells a blob of other bytes from one that cannot be read. */
export async function compareBytes(
  blobs: BlobStore,
  key: string,
  sha256: string,
): Promise<'same' | 'other' | 'missing' | 'unreadable'> {
  try {
    return (await digestOf(await blobs.read(key))).sha256 === sha256 ? 'same' : 'other';
  } catch (cause) {
    const fault = await faultOf(blobs, cause instanceof AfterimageError ? cause : storeFailed('read', key, cause));
    return fault === 'none' ? 'missing' : 'unreadable';
  }
}
