import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { downloadFailed } from './hub-errors.js';
import type { HubFile } from './hub-listing.js';

/**
 * Compares a file with what the hub says of it.
 * @throws MODEL_DOWNLOAD_FAILED naming the file
 */
export async function checkFile(file: string, { path, byteSize, sha256, gitBlobId }: HubFile): Promise<void> {
  const { size } = await stat(file);
  if (byteSize !== undefined && size !== byteSize)
    throw downloadFailed({ what: `${byteSize} bytes of ${path}`, received: String(size) });
  const hash = sha256 !== undefined ? createHash('sha256') : gitBlobId !== undefined ? gitBlobHash(size) : undefined;
  if (!hash) return;
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  const [name, right] = sha256 !== undefined ? ['SHA-256', sha256] : ['git blob', gitBlobId!];
  const actual = hash.digest('hex');
  if (actual !== right) throw downloadFailed({ what: `${path} with ${name} ${right}`, received: actual });
}

/** Git names a content by the SHA-1 of its type, its length and itself. */
function gitBlobHash(byteSize: number) {
  return createHash('sha1').update(`blob ${byteSize}\0`);
}
