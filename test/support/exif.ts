type Bytes = Buffer<ArrayBuffer>;

/** A text, a whole number, rationals of denominator 100, bytes, or a directory of its own. */
type Value =
  string | number | readonly number[] | Buffer | { readonly directory: readonly Entry[]; readonly type?: 4 | 13 | 18 };
/** An entry of a directory, by the number of its tag. */
type Entry = readonly [tag: number, value: Value];
type ByteOrder = 'II' | 'MM';

const HEADER_SIZE = 8;
const ENTRY_SIZE = 12;

/** How TIFF, or the one for large files, lays out what it holds. */
interface Layout {
  readonly order: ByteOrder;
  readonly isLarge?: boolean;
}

/** A grey TIFF picture whose first directory has these entries too, or in the place of its own. */
export function tiff(entries: readonly Entry[], order: ByteOrder = 'II', isLarge = false): Bytes {
  const layout = { order, isLarge };
  const [width, height] = [80, 60];
  const pixels = Buffer.alloc(width * height, 128);
  const start = header(0, layout).length;
  const picture: Entry[] = [
    [0x0100, width],
    [0x0101, height],
    [0x0102, 8],
    [0x0103, 1],
    [0x0106, 1],
    [0x0111, start],
    [0x0115, 1],
    [0x0116, height],
    [0x0117, pixels.length],
  ];
  const all = [...new Map([...picture, ...entries])];
  const offset = start + pixels.length;
  return Buffer.concat([header(offset, layout), pixels, directory(all, offset, layout)]);
}

/** A grey TIFF of so many pages, all of the same pixels. @param last where the last one says that another is */
export function pagedTiff(pages: number, { order = 'II', isLarge = false }: Partial<Layout> = {}, last = 0): Bytes {
  const layout = { order, isLarge };
  const start = header(0, layout).length;
  const rows = [
    [0x0100, 8],
    [0x0101, 8],
    [0x0102, 8],
    [0x0103, 1],
    [0x0106, 1],
    [0x0111, start],
    [0x0116, 8],
    [0x0117, 64],
  ].map(([tag, value]) => {
    const number = Buffer.concat([long(value!, order), Buffer.alloc(4)]).subarray(0, isLarge ? 8 : 4);
    return entry(tag!, 4, 1, number, layout);
  });
  const page = Buffer.concat([isLarge ? word(rows.length, layout) : short(rows.length, order), ...rows]);
  const size = page.length + word(0, layout).length;
  const first = start + 64;
  const chain = Array.from({ length: pages }, (_, index) => [
    page,
    word(index === pages - 1 ? last : first + (index + 1) * size, layout),
  ]);
  return Buffer.concat([header(first, layout), Buffer.alloc(64, 128), ...chain.flat()]);
}

/** A block of EXIF with so many entries, of tags that follow each other, that all point at the same text. */
export function exifOfOneText(count: number, text: string): Bytes {
  const layout: Layout = { order: 'MM' };
  const offset = HEADER_SIZE + 2 + count * ENTRY_SIZE + 4;
  const rows = Array.from({ length: count }, (_, index) =>
    entry((0x0100 + index) % 0x10000, 2, text.length, long(offset, 'MM'), layout),
  );
  const [head, size, next] = [header(HEADER_SIZE, layout), short(count, 'MM'), long(0, 'MM')];
  return Buffer.concat([head, size, ...rows, next, Buffer.from(text)]);
}

function header(offset: number, { order, isLarge }: Layout): Bytes {
  const version = isLarge ? [short(43, order), short(8, order), short(0, order)] : [short(42, order)];
  return Buffer.concat([Buffer.from(order), ...version, word(offset, { order, isLarge })]);
}

function directory(entries: readonly Entry[], offset: number, layout: Layout): Bytes {
  const { order, isLarge } = layout;
  const rows: Bytes[] = [];
  const values: Bytes[] = [];
  const count = isLarge ? word(entries.length, layout) : short(entries.length, order);
  const room = word(0, layout).length;
  let end = offset + count.length + entries.length * (4 + 2 * room) + room;
  /** Short ones stand in the entry itself. */
  const put = (bytes: Bytes) => {
    if (bytes.length <= room) return Buffer.concat([bytes, Buffer.alloc(room)]).subarray(0, room);
    values.push(bytes);
    end += bytes.length;
    return word(end - bytes.length, layout);
  };
  for (const [tag, value] of entries.toSorted(([one], [other]) => one - other)) {
    if (typeof value === 'number') rows.push(entry(tag, 4, 1, put(long(value, order)), layout));
    else if (typeof value === 'string') {
      const text = Buffer.from(`${value}\0`, 'latin1');
      rows.push(entry(tag, 2, text.length, put(text), layout));
    } else if (Buffer.isBuffer(value)) rows.push(entry(tag, 1, value.length, put(Buffer.from(value)), layout));
    else if ('directory' in value) {
      const at = end;
      const inner = directory(value.directory, at, layout);
      values.push(inner);
      end += inner.length;
      rows.push(entry(tag, value.type ?? 4, 1, put(isLarge ? word(at, layout) : long(at, order)), layout));
    } else {
      const parts = value.flatMap((number) => [long(Math.round(number * 100), order), long(100, order)]);
      rows.push(entry(tag, 5, value.length, put(Buffer.concat(parts)), layout));
    }
  }
  return Buffer.concat([count, ...rows, word(0, layout), ...values]);
}

function entry(tag: number, type: number, count: number, value: Bytes, layout: Layout): Bytes {
  return Buffer.concat([short(tag, layout.order), short(type, layout.order), word(count, layout), value]);
}

/** An offset, or how many there are. */
function word(number: number, { order, isLarge }: Layout): Bytes {
  if (!isLarge) return long(number, order);
  const bytes = Buffer.alloc(8);
  bytes[order === 'II' ? 'writeBigUInt64LE' : 'writeBigUInt64BE'](BigInt(number));
  return bytes;
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
