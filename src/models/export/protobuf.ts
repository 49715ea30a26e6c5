import type { FileHandle } from 'node:fs/promises';

/** Where the content of a field is in the file: that of a text, of bytes, or of a message inside. */
export interface ProtobufField {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** What is read at once; the weights themselves are passed over. */
const WINDOW_BYTES = 1 << 16;
const MAX_VARINT_BYTES = 10;

/** A file of protobuf messages that may be larger than memory (https://protobuf.dev/programming-guides/encoding). */
export class ProtobufFile {
  #window = Buffer.alloc(0);
  #windowStart = 0;

  constructor(private readonly handle: FileHandle) {}

  /**
   * The fields of a message that have a length, in their order; numbers are passed over.
   * @throws RangeError for what is no message, or does not end where it should
   */
  async *fields({ start, end }: Omit<ProtobufField, 'number'>): AsyncIterable<ProtobufField> {
    let at = start;
    while (at < end) {
      const tag = await this.#varint(at);
      at = tag.end;
      const type = tag.value % 8;
      if (type === 0) at = (await this.#varint(at)).end;
      else if (type === 1) at += 8;
      else if (type === 5) at += 4;
      else if (type === 2) {
        const length = await this.#varint(at);
        at = length.end + length.value;
        if (at <= end) yield { number: Math.floor(tag.value / 8), start: length.end, end: at };
      } else throw new RangeError(`expected a field at ${at}, received one of type ${type}`);
    }
    if (at > end) throw new RangeError(`expected the end of a message at ${end}, received a field until ${at}`);
  }

  /** @throws RangeError when there is less, or more than a name may have */
  async text({ start, end }: ProtobufField): Promise<string> {
    if (end - start > WINDOW_BYTES) throw new RangeError(`expected a name at ${start}, received ${end - start} bytes`);
    const bytes = await this.#bytes(start, end - start);
    if (bytes.length < end - start) throw new RangeError(`expected ${end - start} bytes at ${start}, received fewer`);
    return bytes.toString('utf8');
  }

  /** Seven bits a byte, the lowest first; the eighth says that more follow. */
  async #varint(at: number): Promise<{ value: number; end: number }> {
    let value = 0;
    for (const [index, byte] of (await this.#bytes(at, MAX_VARINT_BYTES)).entries()) {
      value += (byte % 128) * 128 ** index;
      if (byte < 128) return { value, end: at + index + 1 };
    }
    throw new RangeError(`expected a number at ${at}, received none that ends`);
  }

  /** Fewer at the end of the file. */
  async #bytes(at: number, count: number): Promise<Buffer> {
    const isInside = at >= this.#windowStart && at + count <= this.#windowStart + this.#window.length;
    if (!isInside) {
      const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(WINDOW_BYTES), 0, WINDOW_BYTES, at);
      this.#window = buffer.subarray(0, bytesRead);
      this.#windowStart = at;
    }
    return this.#window.subarray(at - this.#windowStart, at - this.#windowStart + count);
  }
}
