import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { AfterimageError, expected } from '../errors.js';

/** Passes bytes on while it hashes and counts them. Fails with UPLOAD_TOO_MANY_BYTES past the limit. */
export class UploadMeter extends Transform {
  readonly #hash = createHash('sha256');
  #byteSize = 0;
  #sha256: string | undefined;

  constructor(private readonly maxBytes: number) {
    super();
  }

  get byteSize(): number {
    return this.#byteSize;
  }

  /** Lower-case hex; once the stream has ended. */
  get sha256(): string {
    return (this.#sha256 ??= this.#hash.digest('hex'));
  }

  /** @throws UPLOAD_EMPTY, once the stream has ended without any */
  requireBytes(): void {
    if (this.#byteSize === 0) throw new AfterimageError('UPLOAD_EMPTY', expected('at least one byte', 'file', 0));
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#byteSize += chunk.length;
    if (this.#byteSize > this.maxBytes)
      return done(
        new AfterimageError('UPLOAD_TOO_MANY_BYTES', expected(`at most ${this.maxBytes} bytes`, 'file', 'more')),
      );
    this.#hash.update(chunk);
    done(null, chunk);
  }
}
