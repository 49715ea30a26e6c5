import { decodeText } from './metadata.text.js';

/** What IPTC-IIM says of a picture, by its names of the data sets. */
export interface Iptc {
  readonly objectName: string | undefined;
  readonly headline: string | undefined;
  readonly caption: string | undefined;
  readonly keywords: readonly string[];
  readonly byLines: readonly string[];
  readonly credit: string | undefined;
  readonly copyrightNotice: string | undefined;
  /** "19110304" */
  readonly dateCreated: string | undefined;
  /** "101112+0200", or without a time zone. */
  readonly timeCreated: string | undefined;
}

interface DataSet {
  /** Record and number: 2:120. */
  readonly name: string;
  readonly value: Buffer;
}

const PHOTOSHOP = 'Photoshop 3.0\0';
const IPTC_RESOURCE = 0x0404;
const SHORTEST_RESOURCE = 12;
const TAG_MARKER = 0x1c;
const UTF_8 = '\x1b%G';

/**
 * @param block IPTC records, or the Photoshop resources that hold them
 * @throws RangeError where the resources end too early
 */
export function readIptc(block: Buffer): Iptc {
  const dataSets = [...dataSetsOf(recordsIn(block))];
  const isUtf8 = dataSets.some(({ name, value }) => name === '1:90' && value.toString('latin1') === UTF_8);
  // Where it says UTF-8 it is, even where a text was cut within a character, as programs do that count bytes.
  const decode = isUtf8 ? (value: Buffer) => value.toString('utf8') : decodeText;
  const texts = (wanted: string) => dataSets.flatMap(({ name, value }) => (name === wanted ? decode(value) : []));
  return {
    objectName: texts('2:5')[0],
    headline: texts('2:105')[0],
    caption: texts('2:120')[0],
    keywords: texts('2:25'),
    byLines: texts('2:80'),
    credit: texts('2:110')[0],
    copyrightNotice: texts('2:116')[0],
    dateCreated: texts('2:55')[0],
    timeCreated: texts('2:60')[0],
  };
}

function recordsIn(block: Buffer): Buffer {
  if (block[0] === TAG_MARKER) return block;
  let at = PHOTOSHOP.length;
  while (at + SHORTEST_RESOURCE <= block.length) {
    const id = block.readUInt16BE(at + 4);
    // Its name stands between, with its length before it; that and the data are padded to even.
    const sizeAt = at + 6 + evened(1 + block.readUInt8(at + 6));
    const size = block.readUInt32BE(sizeAt);
    if (id === IPTC_RESOURCE) return block.subarray(sizeAt + 4, sizeAt + 4 + size);
    at = sizeAt + 4 + evened(size);
  }
  return Buffer.alloc(0);
}

function* dataSetsOf(records: Buffer): Generator<DataSet> {
  let at = 0;
  while (records[at] === TAG_MARKER && at + 5 <= records.length) {
    const [record, number] = [records.readUInt8(at + 1), records.readUInt8(at + 2)];
    const size = records.readUInt16BE(at + 3);
    // Longer ones count otherwise, and hold no words.
    if (size > 0x7fff) return;
    yield { name: `${record}:${number}`, value: records.subarray(at + 5, at + 5 + size) };
    at += 5 + size;
  }
}

function evened(size: number): number {
  return size + (size % 2);
}
