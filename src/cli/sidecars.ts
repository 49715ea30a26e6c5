import { readFile } from 'node:fs/promises';
import { unreadable, type FoundFile } from './found-files.js';
import { toStoredMetadata, type AssetFields } from '../assets/asset-fields.js';
import type { KnownCapture } from '../assets/incoming-file.js';
import { readSidecar } from '../assets/metadata.js';
import { AfterimageError } from '../errors.js';

/** A file with the XMP file that lies beside it. */
export interface FoundPicture extends FoundFile {
  readonly sidecar?: FoundFile;
}

/** What a sidecar says of a picture. */
export interface SidecarWords {
  readonly fields: AssetFields;
  readonly capture: KnownCapture;
}

const ENDING = /\.xmp$/i;
const LAST_ENDING = /\.[^./]*$/;

/**
 * Gives each file the XMP file that belongs to it: of `a.jpg`, `a.jpg.xmp` or else `a.xmp`. Those that are given away are not
 * among the files any more; one that belongs to none is.
 */
export function withSidecars(files: readonly FoundFile[]): FoundPicture[] {
  const sidecars = new Map(files.flatMap((file) => (ENDING.test(file.name) ? [[baseOf(file.name), file]] : [])));
  const given = new Set<FoundFile>();
  const pictures = files.map((file): FoundPicture => {
    const sidecar = ENDING.test(file.name)
      ? undefined
      : (sidecars.get(file.name) ?? sidecars.get(file.name.replace(LAST_ENDING, '')));
    if (!sidecar) return file;
    given.add(sidecar);
    return { ...file, sidecar };
  });
  return pictures.filter((file) => !given.has(file));
}

/** @throws INVALID_ARGUMENT where it cannot be read, or is no XMP */
export async function readWords({ path }: FoundFile): Promise<SidecarWords> {
  const packet = await readFile(path).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  try {
    const { words, capture } = await readSidecar(packet);
    const { title, description, tags, rating } = toStoredMetadata(words);
    // What it does not say, the picture may.
    return {
      fields: {
        title: title ?? undefined,
        description: description ?? undefined,
        tags: tags.length > 0 ? tags : undefined,
        rating: rating ?? undefined,
      },
      capture,
    };
  } catch (cause) {
    if (cause instanceof AfterimageError) throw cause;
    throw new AfterimageError('INVALID_ARGUMENT', 'expected XMP for a sidecar, received what is none', { cause });
  }
}

function baseOf(name: string): string {
  return name.replace(ENDING, '');
}
