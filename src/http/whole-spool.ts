import { write } from 'node:fs';
import type { Writable } from 'node:stream';
import { WriteStream } from 'fs-capacitor';
import { AfterimageError } from '../errors.js';

/** The types leave out what the mended method works with. */
interface Spool extends Writable {
  readonly _fd: number | null;
  _pos: number;
  _write: Writable['_write'];
}

const FAULT = 'this._pos += chunk.length';

/**
 * Has the files of a request spooled whole, or refused. graphql-upload spools them with fs-capacitor, whose last version,
 * 8.0.0, does not look at how many bytes a write took. A disk that is about to be full takes a part of them and complains
 * of the next ones only: a hole of zeros would stay in the file, or its reader wait for ever for the rest.
 *
 * To be called before the first request; package.json has graphql-upload use the very fs-capacitor that is mended here.
 * @throws INTERNAL when it is not the one with that fault
 */
export function spoolUploadsWhole(): void {
  const spool = WriteStream.prototype as unknown as Spool;
  if (spool._write === writeWhole) return;
  if (!String(spool._write).includes(FAULT))
    throw new AfterimageError('INTERNAL', 'expected fs-capacitor 8.0.0 to spool uploads, received another one');
  spool._write = writeWhole;
}

function writeWhole(this: Spool, chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
  if (this._fd === null) {
    this.once('ready', () => this._write(chunk, encoding, done));
    return;
  }
  write(this._fd, chunk, 0, chunk.length, this._pos, (error, byteCount) => {
    if (error) {
      done(error);
      return;
    }
    this._pos += byteCount;
    this.emit('write');
    const rest = chunk.subarray(byteCount);
    // Once it is destroyed its file is closed, and the number may be another file's.
    if (rest.length === 0 || this.destroyed) done();
    else this._write(rest, encoding, done);
  });
}
