import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { storeFailed } from './blob-errors.js';

// The smallest part that S3 takes: a write holds about (PARTS_AT_ONCE + 2) parts in memory.
const PART_BYTES = 5 << 20;
const PARTS_AT_ONCE = 2;

/**
 * Streams an object in: at once where it fits into one part, else in parts that S3 puts together at the end. Whatever
 * fails, the parts are given up and nothing is under the key; at most 10,000 parts (48.8 GiB) make an object.
 * @throws the source's own error, or BLOB_STORE_FAILED for `key`
 */
export async function uploadStream(
  client: S3Client,
  target: { Bucket: string; Key: string },
  source: Readable,
  key: string,
): Promise<void> {
  const failures: unknown[] = [];
  async function* chunks() {
    const pieces = (source as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    for (;;) {
      // Told apart here: the upload may end with an error of giving the parts up, and ends this loop with one of its own.
      const piece = await pieces.next().catch((error: unknown) => {
        failures.push(error);
        throw error;
      });
      if (piece.done) return;
      // A request that the server has refused may go on being sent from this memory, beside the one that was taken.
      yield Buffer.from(piece.value);
    }
  }
  const body = Readable.from(chunks(), { highWaterMark: 1 });
  try {
    const params = { ...target, Body: body };
    await new Upload({ client, params, partSize: PART_BYTES, queueSize: PARTS_AT_ONCE }).done();
  } catch (error) {
    throw failures.length > 0 ? failures[0] : storeFailed('write', key, error);
  }
}
