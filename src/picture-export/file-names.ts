import { extname } from 'node:path';
import { downloadName } from '../assets/download-name.js';
import type { Asset } from '../database/generated/client.js';

// What Windows allows in no name; the others allow more.
const RESERVED = /[<>:"/\\|?*\p{Cc}]/gu;
/** Every file system that is in use takes as many, with the ending of a sidecar and a number behind. */
const MAX_BYTES = 230;

/** The folder of a picture: year and month in which it was taken, or else came in, in UTC. */
export function folderOf({ capturedAt, uploadedAt }: Pick<Asset, 'capturedAt' | 'uploadedAt'>): string {
  return (capturedAt ?? uploadedAt).toISOString().slice(0, 7).replace('-', '/');
}

/**
 * Its name, as every file system takes it, with an ending that says what it is, and the ones that it has where others are
 * called so too: `a.jpg`, `a (2).jpg`, and so on.
 */
export function* fileNamesOf({ originalName, mimeType }: Pick<Asset, 'originalName' | 'mimeType'>): Generator<string> {
  const name = downloadName(originalName.replace(RESERVED, '_'), mimeType);
  const ending = extname(name);
  const stem = cut(name.slice(0, name.length - ending.length), MAX_BYTES - Buffer.byteLength(ending));
  yield stem + ending;
  for (let number = 2; ; number++) yield `${stem} (${number})${ending}`;
}

function cut(text: string, maxBytes: number): string {
  let result = '';
  let left = maxBytes;
  for (const character of text) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    result += character;
  }
  return result;
}
