import { Transform, type TransformCallback } from 'node:stream';
import { tooManyBytes } from './incoming-file.js';
import { ByteDigest } from '../byte-digest.js';
import { AfterimageError, expected } from '../errors.js';

/** Passes bytes on while it hashes and counts them. Fails with UPLOAD_TOO_MANY_BYTES past the limit. */
export class UploadMeter extends Transform {
  readonly #digest = new ByteDigest();

  constructor(private readonly maxBytes: number) {
    super();
  }

  get byteSize(): number {
    return this.#digest.byteSize;
  }

  /** Lower-case hex; once the stream has ended. */
  get sha256(): string {
    return this.#digest.sha256;
  }

  /** @throws UPLOAD_EMPTY, once the stream has ended without any */
  requireBytes(): void {
    if (this.byteSize === 0) throw new AfterimageError('UPLOAD_EMPTY', expected('at least one byte', 'file', 0));
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.byteSize + chunk.length > this.maxBytes) return done(tooManyBytes(this.maxBytes));
    this.#digest.add(chunk);
    done(null, chunk);
  }
}
