import { deflateSync } from 'node:zlib';
import { withChunk } from './pictures.js';

type Bytes = Buffer<ArrayBuffer>;
type Xyz = readonly [x: number, y: number, z: number];

const D50: Xyz = [0.9642, 1, 0.8249];
const HEADER_SIZE = 128;

/** A colour profile of one gamma: a grey one, or with three primaries, in XYZ under D50. */
export function icc(gamma: number, primaries?: readonly [red: Xyz, green: Xyz, blue: Xyz]): Bytes {
  const curve = Buffer.concat([Buffer.from('curv\0\0\0\0\0\0\0\x01', 'latin1'), Buffer.alloc(4)]);
  curve.writeUInt16BE(Math.round(gamma * 256), 12);
  const ofColours = primaries?.flatMap((primary, at) => [
    [`${'rgb'[at]}XYZ`, xyz(primary)] as const,
    [`${'rgb'[at]}TRC`, curve] as const,
  ]);
  const tags = [['wtpt', xyz(D50)] as const, ...(ofColours ?? [['kTRC', curve] as const])];
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length);
  let end = HEADER_SIZE + table.length;
  for (const [at, [name, value]] of tags.entries()) {
    table.write(name, 4 + 12 * at, 'latin1');
    table.writeUInt32BE(end, 8 + 12 * at);
    table.writeUInt32BE(value.length, 12 + 12 * at);
    end += value.length;
  }
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt32BE(end);
  header.writeUInt32BE(0x02100000, 8);
  header.write(`mntr${primaries ? 'RGB ' : 'GRAY'}XYZ `, 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  xyz(D50).copy(header, 68, 8);
  return Buffer.concat([header, table, ...tags.map(([, value]) => value)]);
}

/** Puts a colour profile into a PNG that has none. */
export function withIcc(png: Bytes, profile: Buffer): Bytes {
  return withChunk(png, 'iCCP', Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(profile)]));
}

function xyz(numbers: Xyz): Bytes {
  const bytes = Buffer.alloc(20);
  bytes.write('XYZ ', 'latin1');
  for (const [at, number] of numbers.entries()) bytes.writeInt32BE(Math.round(number * 65_536), 8 + 4 * at);
  return bytes;
}
