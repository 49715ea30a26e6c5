import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Transfer = (this: ArrayBuffer, byteLength: number) => void;

const transfer = (ArrayBuffer.prototype as { readonly transfer?: Transfer }).transfer ?? transferOfNode20();

/**
 * Frees the memory behind an array at once: it is empty afterwards, and so is whatever else shares that memory. What
 * native code has allocated would lie about until V8 looks through its whole heap, which 64 MiB of it make it do.
 * @param array that nothing reads any more, in any thread: native code would read memory that is gone
 */
export function giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
  transfer.call(buffer, 0);
}

/** There it stands behind a flag of V8, which counts for contexts that are made after it. */
function transferOfNode20(): Transfer {
  setFlagsFromString('--harmony-rab-gsab-transfer');
  return runInNewContext('ArrayBuffer.prototype.transfer') as Transfer;
}
