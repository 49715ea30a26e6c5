import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import type { Upload } from './server.js';

type Bytes = Buffer<ArrayBuffer>;

/** One of samples/, by its name without the ending. */
export function sample(name: string): Upload {
  const path = fileURLToPath(new URL(`../../samples/${name}.jpg`, import.meta.url));
  return { name: `${name}.jpg`, bytes: Buffer.from(readFileSync(path)) };
}

/** A small picture that no other number gives. @param number 0 to 65,535 */
export function numbered(number: number, { width = 32, height = 24 } = {}): Sharp {
  const background = { r: number >> 8, g: number & 255, b: 128 };
  return sharp({ create: { width, height, channels: 3, background } });
}

export async function numberedPng(number: number, size?: { width?: number; height?: number }): Promise<Upload> {
  return { name: `${number}.png`, bytes: await bytesOf(numbered(number, size).png()) };
}

export async function bytesOf(image: Sharp): Promise<Bytes> {
  return Buffer.from(await image.toBuffer());
}

/** The left half in one colour and the right half in another. */
export function halves(left: string, right: string, width = 64, height = 64): Sharp {
  const half = { create: { width: width / 2, height, channels: 3 as const, background: right } };
  return sharp({ create: { width, height, channels: 3, background: left } }).composite([
    { input: half, left: width / 2, top: 0 },
  ]);
}

/** A PNG whose header claims a size that its data has not. */
export function pngThatClaims(width: number, height: number): Bytes {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', Buffer.alloc(16)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Bytes {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** Puts a block of EXIF into a PNG. */
export function withExif(png: Bytes, exif: Buffer): Bytes {
  return withChunk(png, 'eXIf', exif);
}

/** Puts a chunk into a PNG, behind its header. */
export function withChunk(png: Bytes, type: string, data: Buffer): Bytes {
  const endOfHeader = 33;
  return Buffer.concat([png.subarray(0, endOfHeader), pngChunk(type, data), png.subarray(endOfHeader)]);
}

/** A file that calls itself what telephones write: HEVC in HEIF. */
export async function heic(): Promise<Bytes> {
  const avif = await numbered(0).avif().toBuffer();
  return Buffer.from(avif.toString('latin1').replace('ftypavif', 'ftypheic'), 'latin1');
}

/** A TIFF in CIELAB, of 8 bits a channel. */
export async function labTiff(): Promise<Bytes> {
  const rgb = await numbered(0).tiff({ compression: 'none' }).toBuffer();
  const photometric = (value: string) => `\x06\x01\x03\0\x01\0\0\0${value}\0`;
  return Buffer.from(rgb.toString('latin1').replace(photometric('\x02'), photometric('\x08')), 'latin1');
}

export const SVG: Bytes = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
);

/** Cuts the last part of a file off. */
export function truncated(bytes: Bytes, share = 0.5): Bytes {
  return Buffer.from(bytes.subarray(0, Math.floor(bytes.length * share)));
}

/** Puts IPTC data sets into a JPEG. @param dataSets by record and number, `2:05` */
export function withIptc(
  jpeg: Bytes,
  dataSets: readonly (readonly [string, string])[],
  encoding: BufferEncoding = 'utf8',
): Bytes {
  const record = Buffer.concat(
    dataSets.map(([name, text]) => {
      const value = Buffer.from(text, encoding);
      const header = [0x1c, ...name.split(':').map(Number), value.length >> 8, value.length & 255];
      return Buffer.concat([Buffer.from(header), value]);
    }),
  );
  const padded = record.length % 2 ? Buffer.concat([record, Buffer.alloc(1)]) : record;
  const resource = Buffer.alloc(12);
  resource.write('8BIM', 'latin1');
  resource.writeUInt16BE(0x0404, 4);
  resource.writeUInt32BE(record.length, 8);
  const body = Buffer.concat([Buffer.from('Photoshop 3.0\0', 'latin1'), resource, padded]);
  const marker = Buffer.from([0xff, 0xed, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)]);
}
