import { createWriteStream } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { storeFailed } from './blob-errors.js';
import type { ReadHeaders } from './blobstore.js';
import { AfterimageError } from '../errors.js';

/** The body of an answer as a stream that ends in BLOB_STORE_FAILED; destroying it lets the connection go. */
export function bodyOf(key: string, body: Readable): Readable {
  const blob = new PassThrough();
  body.on('error', (cause) => blob.destroy(storeFailed('read', key, cause)));
  blob.on('close', () => body.destroy());
  return body.pipe(blob);
}

/** Copies a blob to a file that is not there yet. @throws BLOB_STORE_FAILED also when the disk cannot take it */
export async function copyTo(path: string, blob: Readable, key: string): Promise<void> {
  try {
    await pipeline(blob, createWriteStream(path, { flags: 'wx' }));
  } catch (error) {
    throw error instanceof AfterimageError ? error : storeFailed('copy', key, error);
  }
}

/**
 * An address of an object that needs no key of S3's and is valid for one to two times `validSeconds`. It is signed as
 * of a whole multiple of them: in between it stays the same, and so a browser's cache knows it again.
 */
export function signedUrl(
  client: S3Client,
  object: { Bucket: string; Key: string },
  validSeconds: number,
  { contentType, contentDisposition, cacheControl }: ReadHeaders,
): Promise<string> {
  const command = new GetObjectCommand({
    ...object,
    ResponseContentType: contentType,
    ResponseContentDisposition: contentDisposition,
    ResponseCacheControl: cacheControl,
  });
  const signedAt = Math.floor(Date.now() / 1000 / validSeconds) * validSeconds;
  return getSignedUrl(client, command, { expiresIn: 2 * validSeconds, signingDate: new Date(signedAt * 1000) });
}
