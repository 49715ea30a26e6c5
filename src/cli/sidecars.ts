import { unreadable, type FoundFile } from './found-files.js';
import { toStoredMetadata, type AssetFields } from '../assets/asset-fields.js';
import type { Capture } from '../assets/metadata.capture.js';
import { readSidecar } from '../assets/metadata.js';
import { isPictureName } from '../assets/picture-kind.js';
import { AfterimageError } from '../errors.js';

/** A file with the XMP file that lies beside it. */
export interface FoundPicture extends FoundFile {
  readonly sidecar?: FoundFile;
}

/** What a sidecar says of a picture. */
export interface SidecarWords {
  readonly fields: AssetFields;
  readonly capture: Capture;
}

const ENDING = /\.xmp$/i;
const LAST_ENDING = /\.[^./]*$/;

/**
 * Gives each picture the XMP file that belongs to it: of `a.jpg`, `a.jpg.xmp` or else `a.xmp`. Those that are given away are not
 * among the files any more; one that belongs to none is.
 */
export function withSidecars(files: readonly FoundFile[]): FoundPicture[] {
  const sidecars = new Map(files.flatMap((file) => (ENDING.test(file.name) ? [[baseOf(file.name), file]] : [])));
  const sidecarOf = ({ name }: FoundFile) => sidecars.get(name) ?? sidecars.get(name.replace(LAST_ENDING, ''));
  const pictures = new Set(files.filter(({ name }) => isPictureName(name)));
  const given = new Set([...pictures].flatMap((file) => sidecarOf(file) ?? []));
  const all = files.map((file): FoundPicture => {
    const sidecar = ENDING.test(file.name) ? undefined : sidecarOf(file);
    // A picture may be called otherwise; a text beside one has none of its own.
    if (!sidecar || (given.has(sidecar) && !pictures.has(file))) return file;
    given.add(sidecar);
    return { ...file, sidecar };
  });
  return all.filter((file) => !given.has(file));
}

/** @throws INVALID_ARGUMENT where it cannot be read, or is no XMP; UPLOAD_TOO_MANY_BYTES */
export async function readWords({ path }: FoundFile): Promise<SidecarWords> {
  const { words, capture } = await readSidecar(path).catch((cause: unknown) => {
    if (cause instanceof AfterimageError || (cause as NodeJS.ErrnoException).syscall !== undefined)
      throw unreadable(cause);
    throw new AfterimageError('INVALID_ARGUMENT', 'expected XMP for a sidecar, received what is none', { cause });
  });
  const { title, description, creator, credit, copyright, tags, rating } = toStoredMetadata(words);
  // What it does not say, the picture may.
  return {
    fields: {
      title: title ?? undefined,
      description: description ?? undefined,
      creator: creator ?? undefined,
      credit: credit ?? undefined,
      copyright: copyright ?? undefined,
      tags: tags.length > 0 ? tags : undefined,
      rating: rating ?? undefined,
    },
    capture,
  };
}

function baseOf(name: string): string {
  return name.replace(ENDING, '');
}
