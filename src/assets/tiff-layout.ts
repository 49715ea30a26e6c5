/** How TIFF, and the one for large files, lay out what they hold. */
export interface TiffLayout {
  readonly isLittleEndian: boolean;
  /** Of an offset, and of how many values there are. */
  readonly wordSize: 4 | 8;
  /** Where the header says where the first directory is. */
  readonly firstAt: number;
  /** Of how many entries there are. */
  readonly countSize: 2 | 8;
  readonly entrySize: 12 | 20;
  readonly word: (bytes: Buffer, at: number) => number;
  readonly count: (bytes: Buffer) => number;
}

const layoutOf = (isLittleEndian: boolean): TiffLayout => ({
  isLittleEndian,
  wordSize: 4,
  firstAt: 4,
  countSize: 2,
  entrySize: 12,
  word: (bytes, at) => viewOf(bytes).getUint32(at, isLittleEndian),
  count: (bytes) => viewOf(bytes).getUint16(0, isLittleEndian),
});

const largeLayoutOf = (isLittleEndian: boolean): TiffLayout => {
  const word = (bytes: Buffer, at: number) => Number(viewOf(bytes).getBigUint64(at, isLittleEndian));
  return {
    isLittleEndian,
    wordSize: 8,
    firstAt: 8,
    countSize: 8,
    entrySize: 20,
    word,
    count: (bytes) => word(bytes, 0),
  };
};

const LAYOUTS: Readonly<Record<string, TiffLayout>> = {
  'II*\0': layoutOf(true),
  'MM\0*': layoutOf(false),
  'II+\0': largeLayoutOf(true),
  'MM\0+': largeLayoutOf(false),
};
export const TIFF_HEADER_BYTES = 16;

/** @param header the first `TIFF_HEADER_BYTES`, or all there are @returns undefined of what is no TIFF */
export function tiffLayout(header: Buffer): TiffLayout | undefined {
  const layout = LAYOUTS[header.toString('latin1', 0, 4)];
  return layout && header.length >= layout.firstAt + layout.wordSize ? layout : undefined;
}

export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
