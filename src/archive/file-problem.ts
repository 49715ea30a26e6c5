import { faultOf } from '../blobstore/blob-fault.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import { AfterimageError } from '../errors.js';

/**
 * What is wrong with one file, of the archive or of the blob store, a sentence.
 * @throws the error where it is not of one file: then nothing goes on
 */
export async function fileProblem(blobs: BlobStore, error: unknown): Promise<string> {
  if (!(error instanceof AfterimageError)) throw error;
  if (!error.code.startsWith('ARCHIVE_')) await faultOf(blobs, error);
  return error.message;
}
