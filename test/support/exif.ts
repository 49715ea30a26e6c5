type Bytes = Buffer<ArrayBuffer>;

/** A text, a whole number, rationals of denominator 100, or a directory of its own. */
type Value = string | number | readonly number[] | { readonly directory: readonly Entry[]; readonly type?: 4 | 13 };
/** An entry of a directory, by the number of its tag. */
type Entry = readonly [tag: number, value: Value];
type ByteOrder = 'II' | 'MM';

const HEADER_SIZE = 8;
const ENTRY_SIZE = 12;

/** A grey TIFF picture whose first directory has these entries too. */
export function tiff(entries: readonly Entry[], order: ByteOrder = 'II'): Bytes {
  const [width, height] = [80, 60];
  const pixels = Buffer.alloc(width * height, 128);
  const offset = HEADER_SIZE + pixels.length;
  const picture: Entry[] = [
    [0x0100, width],
    [0x0101, height],
    [0x0102, 8],
    [0x0103, 1],
    [0x0106, 1],
    [0x0111, HEADER_SIZE],
    [0x0115, 1],
    [0x0116, height],
    [0x0117, pixels.length],
  ];
  return Buffer.concat([header(offset, order), pixels, directory([...picture, ...entries], offset, order)]);
}

/** A block of EXIF with so many entries, of tags that follow each other, that all point at the same text. */
export function exifOfOneText(count: number, text: string): Bytes {
  const offset = HEADER_SIZE + 2 + count * ENTRY_SIZE + 4;
  const rows = Array.from({ length: count }, (_, index) =>
    entry((0x0100 + index) % 0x10000, 2, text.length, long(offset, 'MM'), 'MM'),
  );
  const [head, size, next] = [header(HEADER_SIZE, 'MM'), short(count, 'MM'), long(0, 'MM')];
  return Buffer.concat([head, size, ...rows, next, Buffer.from(text)]);
}

function header(offset: number, order: ByteOrder): Bytes {
  return Buffer.concat([Buffer.from(order), short(42, order), long(offset, order)]);
}

function directory(entries: readonly Entry[], offset: number, order: ByteOrder): Bytes {
  const rows: Bytes[] = [];
  const values: Bytes[] = [];
  let end = offset + 2 + entries.length * ENTRY_SIZE + 4;
  const put = (bytes: Bytes) => {
    values.push(bytes);
    end += bytes.length;
    return long(end - bytes.length, order);
  };
  for (const [tag, value] of entries.toSorted(([one], [other]) => one - other)) {
    if (typeof value === 'number') rows.push(entry(tag, 4, 1, long(value, order), order));
    else if (typeof value === 'string') {
      const text = Buffer.from(`${value}\0`, 'latin1');
      const inline = Buffer.concat([text, Buffer.alloc(4)]).subarray(0, 4);
      rows.push(entry(tag, 2, text.length, text.length > 4 ? put(text) : inline, order));
    } else if ('directory' in value)
      rows.push(entry(tag, value.type ?? 4, 1, put(directory(value.directory, end, order)), order));
    else {
      const parts = value.flatMap((number) => [long(Math.round(number * 100), order), long(100, order)]);
      rows.push(entry(tag, 5, value.length, put(Buffer.concat(parts)), order));
    }
  }
  return Buffer.concat([short(entries.length, order), ...rows, long(0, order), ...values]);
}

function entry(tag: number, type: number, count: number, value: Bytes, order: ByteOrder): Bytes {
  return Buffer.concat([short(tag, order), short(type, order), long(count, order), value]);
}

function short(number: number, order: ByteOrder): Bytes {
  const bytes = Buffer.alloc(2);
  bytes[order === 'II' ? 'writeUInt16LE' : 'writeUInt16BE'](number);
  return bytes;
}

function long(number: number, order: ByteOrder): Bytes {
  const bytes = Buffer.alloc(4);
  bytes[order === 'II' ? 'writeUInt32LE' : 'writeUInt32BE'](number);
  return bytes;
}
