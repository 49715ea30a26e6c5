import { open, type FileHandle } from 'node:fs/promises';
import { TIFF_HEADER_BYTES, tiffLayout } from './tiff-layout.js';

/** The bytes of a file from an offset on; fewer where it ends before. */
type ReadBytes = (offset: number, length: number) => Promise<Buffer>;

interface Format {
  readonly beginning: RegExp;
  /** What is too much, in the words of the format. */
  readonly name: string;
  readonly maxParts: number;
  /** How many parts there are at each place of the chain. */
  readonly parts: (read: ReadBytes) => AsyncGenerator<number>;
}

/**
 * Of what the decoders follow to its end before they say how large a picture is, some slower the longer it is: 200,000
 * frames of WebP, in 10 MB, take them half a minute. A scan of 2,000 pages has 40,000 tags.
 */
const FORMATS: readonly Format[] = [
  { beginning: /^(?:II[*+]\0|MM\0[*+])/, name: 'TIFF with more than 50,000 tags', maxParts: 50_000, parts: tiffTags },
  { beginning: /^RIFF.{4}WEBP/s, name: 'WebP of more than 10,000 chunks', maxParts: 10_000, parts: webpChunks },
  { beginning: /^\xff\xd8/, name: 'JPEG of more than 10,000 segments', maxParts: 10_000, parts: jpegSegments },
];
const BEGINNING_BYTES = 12;
const WINDOW_BYTES = 4_096;
/** libtiff takes a directory of more for none, and goes no further. */
const MAX_DIRECTORY_TAGS = 4_096;

/** What a file is that no picture has as many parts as; undefined of any other. @throws as the file system does */
export async function partsBeyondLimit(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const read = windowed(file);
    const beginning = (await read(0, BEGINNING_BYTES)).toString('latin1');
    const format = FORMATS.find((format) => format.beginning.test(beginning));
    if (!format) return undefined;
    let count = 0;
    for await (const more of format.parts(read)) {
      count += more;
      if (count > format.maxParts) return format.name;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

/** Each directory of tags says where the next one is: before it too, or beyond the end of the file. */
async function* tiffTags(read: ReadBytes): AsyncGenerator<number> {
  const header = await read(0, TIFF_HEADER_BYTES);
  const layout = tiffLayout(header);
  if (!layout) return;
  const { countSize, entrySize, wordSize, word } = layout;
  const seen = new Set<number>();
  for (let at = word(header, layout.firstAt); at > 0 && !seen.has(at);) {
    seen.add(at);
    const start = await read(at, countSize);
    const count = start.length < countSize ? 0 : layout.count(start);
    if (count === 0 || count > MAX_DIRECTORY_TAGS) return;
    yield count;
    const next = await read(at + countSize + count * entrySize, wordSize);
    at = next.length < wordSize ? 0 : word(next, 0);
  }
}

/** The frames of an animation, and what else stands beside them. */
async function* webpChunks(read: ReadBytes): AsyncGenerator<number> {
  const end = 8 + (await read(0, BEGINNING_BYTES)).readUInt32LE(4);
  for (let at = BEGINNING_BYTES; at < end;) {
    const head = await read(at, 8);
    if (head.length < 8) return;
    yield 1;
    const size = head.readUInt32LE(4);
    at += 8 + size + (size % 2);
  }
}

const [MARK, END, SCAN] = [0xff, 0xd9, 0xda];

/** What stands before the first scan. As libjpeg does, it passes over whatever is between two segments. */
async function* jpegSegments(read: ReadBytes): AsyncGenerator<number> {
  for (let at = 2; ;) {
    const head = await read(at, 4);
    if (head.length < 4) return;
    const code = head[1]!;
    if (head[0] !== MARK || code === MARK) at += between(await read(at, WINDOW_BYTES));
    else if (code === SCAN || code === END) return;
    else {
      yield 1;
      at += 2 + (hasLength(code) ? head.readUInt16BE(2) : 0);
    }
  }
}

/** How many bytes are passed over before the mark of a segment, the last of those that it is filled up with. */
function between(bytes: Buffer): number {
  const mark = bytes.indexOf(MARK);
  if (mark !== 0) return mark === -1 ? bytes.length : mark;
  const end = bytes.findIndex((byte) => byte !== MARK);
  return (end === -1 ? bytes.length : end) - 1;
}

function hasLength(code: number): boolean {
  return code > 0x01 && (code < 0xd0 || code > 0xd8);
}

function windowed(file: FileHandle): ReadBytes {
  let start = 0;
  let window = Buffer.alloc(0);
  return async (offset, length) => {
    if (offset < start || offset + length > start + window.length) {
      // It may be any number, in a large TIFF above all: for such a one Node reads on from where the file stands.
      if (!Number.isSafeInteger(offset + WINDOW_BYTES)) return Buffer.alloc(0);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(WINDOW_BYTES), 0, WINDOW_BYTES, offset);
      window = buffer.subarray(0, bytesRead);
      start = offset;
    }
    return window.subarray(offset - start, offset - start + length);
  };
}
