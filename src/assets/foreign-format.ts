import { open } from 'node:fs/promises';

// How files begin that are no pictures, or none that are taken.
const SIGNATURES: readonly (readonly [RegExp, string])[] = [
  [/^.{4}ftypavis/s, 'a sequence of AVIF'],
  [/^(?:.{4}ftyp(?:isom|iso\d|mp4\d|avc1|M4V |qt {2}|3g[p2])|.E\xdf\xa3|RIFF.{4}AVI )/s, 'a video'],
  [/^(?:\xff\n|.{4}JXL )/s, 'JPEG XL'],
  [/^(?:\xff\x4f\xff\x51|.{4}jP {2})/s, 'JPEG 2000'],
  [/^(?:II|MM)\xbc/, 'JPEG XR'],
  [/^BM.{4}\0{4}/s, 'BMP'],
  [/^8BPS/, 'a document of Photoshop'],
  [/^(?:#\?RADIANCE|#\?RGBE)/, 'Radiance HDR'],
  [/^v\/1/, 'OpenEXR'],
  [/^%PDF-/, 'PDF'],
  [/^(?:%!PS|\xc5\xd0\xd3\xc6)/, 'PostScript'],
  [/^PK/, 'a ZIP archive'],
  [/^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)[\s>]/i, 'HTML'],
  [/^(?:\xef\xbb\xbf)?\s*<(?:[^]*<)?svg[\s>]/i, 'SVG'],
];
const BEGINNING_BYTES = 1_024;

/** What a file is that no decoder takes; "something else" where its first bytes do not say. */
export async function foreignFormat(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    const beginning = buffer.toString('latin1', 0, bytesRead);
    return SIGNATURES.find(([signature]) => signature.test(beginning))?.[1] ?? 'something else';
  } finally {
    await file.close();
  }
}
