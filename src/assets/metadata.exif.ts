import { open } from 'node:fs/promises';
import { AfterimageError, expected } from '../errors.js';
import { decodeText } from './metadata.text.js';
import { TIFF_HEADER_BYTES, tiffLayout, viewOf, type TiffLayout } from './tiff-layout.js';

/** The tags that are read, by the directory that they stand in. */
const IMAGE_TAGS = {
  ImageDescription: 0x010e,
  Make: 0x010f,
  Model: 0x0110,
  Artist: 0x013b,
  Rating: 0x4746,
  Copyright: 0x8298,
  ExifIFD: 0x8769,
  GPSIFD: 0x8825,
  XPTitle: 0x9c9b,
  XPComment: 0x9c9c,
  XPAuthor: 0x9c9d,
  XPKeywords: 0x9c9e,
};
const EXIF_TAGS = {
  DateTimeOriginal: 0x9003,
  DateTimeDigitized: 0x9004,
  OffsetTime: 0x9010,
  OffsetTimeOriginal: 0x9011,
  OffsetTimeDigitized: 0x9012,
  SubSecTimeOriginal: 0x9291,
  SubSecTimeDigitized: 0x9292,
  LensModel: 0xa434,
};
const GPS_TAGS = {
  GPSLatitudeRef: 1,
  GPSLatitude: 2,
  GPSLongitudeRef: 3,
  GPSLongitude: 4,
  GPSAltitudeRef: 5,
  GPSAltitude: 6,
};

type ExifTag = keyof typeof IMAGE_TAGS | keyof typeof EXIF_TAGS | keyof typeof GPS_TAGS;

/** What EXIF says of a picture. */
export interface Exif {
  text(tag: ExifTag): string | undefined;
  /** None or up to three; a rational as its quotient. */
  numbers(tag: ExifTag): readonly number[];
}

/** The bytes of a TIFF structure from an offset on; fewer where it ends before. */
type ReadBytes = (offset: number, length: number) => Promise<Buffer>;

// Windows writes them as bytes, in UTF-16; others as text.
const isWide = (tag: ExifTag, type: number) => tag.startsWith('XP') && BYTE_TYPES.includes(type);

const PREFIX = 'Exif\0\0';

/** @throws UPLOAD_DAMAGED */
export function readExifBlock(block: Buffer): Promise<Exif> {
  const tiff = block.toString('latin1', 0, PREFIX.length) === PREFIX ? block.subarray(PREFIX.length) : block;
  return readExif(async (offset, length) => tiff.subarray(offset, offset + length));
}

/** Of a file that is such a structure itself. @throws UPLOAD_DAMAGED */
export async function readExifOfTiff(path: string): Promise<Exif> {
  const file = await open(path);
  try {
    return await readExif(async (offset, length) => {
      // It may be any number, in a large TIFF above all: for such a one Node reads on from where the file stands.
      if (offset < 0 || !Number.isSafeInteger(offset + length)) return Buffer.alloc(0);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await file.close();
  }
}

async function readExif(read: ReadBytes): Promise<Exif> {
  const header = await read(0, TIFF_HEADER_BYTES);
  const layout = tiffLayout(header);
  if (!layout)
    throw new AfterimageError('UPLOAD_DAMAGED', expected('a TIFF header', 'EXIF', header.toString('latin1', 0, 4)));
  const reader = new ExifReader(read, layout);
  await reader.readDirectory(layout.word(header, layout.firstAt), IMAGE_TAGS);
  for (const [pointer, tags] of [['ExifIFD', EXIF_TAGS] as const, ['GPSIFD', GPS_TAGS] as const]) {
    const [offset] = reader.numbers(pointer);
    if (offset !== undefined) await reader.readDirectory(offset, tags);
  }
  return reader;
}

// As many as a TIFF that is not large can have.
const MAX_ENTRIES = 65_535;
// All that a block of EXIF in a JPEG has room for; what is longer is cut.
const MAX_TEXT_BYTES = 65_536;
const MAX_NUMBERS = 3;

const LONG: NumberType = { size: 4, read: (view, at, isLittle) => view.getUint32(at, isLittle) };
const LONG8: NumberType = { size: 8, read: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)) };

// By their numbers in TIFF.
const BYTE_TYPES: readonly number[] = [1, 7];
// The second one is new in EXIF 3.
const TEXT_TYPES: readonly number[] = [2, 129];
const NUMBER_TYPES: Readonly<Record<number, NumberType>> = {
  1: { size: 1, read: (view, at) => view.getUint8(at) },
  3: { size: 2, read: (view, at, isLittle) => view.getUint16(at, isLittle) },
  4: LONG,
  5: { size: 8, read: (view, at, isLittle) => view.getUint32(at, isLittle) / view.getUint32(at + 4, isLittle) },
  10: { size: 8, read: (view, at, isLittle) => view.getInt32(at, isLittle) / view.getInt32(at + 4, isLittle) },
  // Where a directory stands, as some programs write it.
  13: LONG,
  16: LONG8,
  18: LONG8,
};

interface NumberType {
  readonly size: number;
  read(view: DataView, at: number, isLittleEndian: boolean): number;
}

/** Of each tag it reads the first entry only: however many there are, and though all point at the same bytes. */
class ExifReader implements Exif {
  readonly #values = new Map<ExifTag, string | readonly number[]>();

  constructor(
    private readonly read: ReadBytes,
    private readonly layout: TiffLayout,
  ) {}

  text(tag: ExifTag): string | undefined {
    const value = this.#values.get(tag);
    return typeof value === 'string' ? value : undefined;
  }

  numbers(tag: ExifTag): readonly number[] {
    const value = this.#values.get(tag);
    return typeof value === 'object' ? value : [];
  }

  async readDirectory(offset: number, tags: Readonly<Partial<Record<ExifTag, number>>>): Promise<void> {
    const { countSize, entrySize: size, isLittleEndian } = this.layout;
    const start = await this.read(offset, countSize);
    if (start.length < countSize) return;
    const count = this.layout.count(start);
    const names = new Map(Object.entries(tags).map(([name, number]) => [number, name as ExifTag]));
    const entries = await this.read(offset + countSize, Math.min(count, MAX_ENTRIES) * size);
    const view = viewOf(entries);
    for (let at = 0; at + size <= entries.length; at += size) {
      const name = names.get(view.getUint16(at, isLittleEndian));
      if (!name || this.#values.has(name)) continue;
      this.#values.set(name, await this.#value(name, entries.subarray(at, at + size)));
    }
  }

  async #value(name: ExifTag, entry: Buffer): Promise<string | readonly number[]> {
    const view = viewOf(entry);
    const { isLittleEndian, word } = this.layout;
    const type = view.getUint16(2, isLittleEndian);
    const count = word(entry, 4);
    if (isWide(name, type)) return (await this.#bytes(entry, Math.min(count, MAX_TEXT_BYTES))).toString('utf16le');
    if (TEXT_TYPES.includes(type)) {
      const bytes = await this.#bytes(entry, Math.min(count, MAX_TEXT_BYTES));
      return decodeText(count > MAX_TEXT_BYTES ? withoutLastCharacter(bytes) : bytes);
    }
    const number = NUMBER_TYPES[type];
    if (!number || count > MAX_NUMBERS) return [];
    const bytes = await this.#bytes(entry, number.size * count);
    const numbers: number[] = [];
    for (let at = 0; at + number.size <= bytes.length; at += number.size)
      numbers.push(number.read(viewOf(bytes), at, isLittleEndian));
    return numbers;
  }

  /** What is short stands in the entry itself. */
  async #bytes(entry: Buffer, length: number): Promise<Buffer> {
    const { wordSize, word } = this.layout;
    const at = 4 + wordSize;
    return length <= wordSize ? entry.subarray(at, at + length) : this.read(word(entry, at), length);
  }
}

/** Half of one at the end would make of UTF-8 what is none. */
function withoutLastCharacter(bytes: Buffer): Buffer {
  const start = bytes.subarray(-4).findLastIndex((byte) => byte >= 0xc0);
  return start === -1 ? bytes : bytes.subarray(0, bytes.length - Math.min(bytes.length, 4) + start);
}
