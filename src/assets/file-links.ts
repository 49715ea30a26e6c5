import {
  blobKey,
  FILE_NAMES,
  filePath,
  ORIGINAL,
  RENDITION_FILES,
  renditionInfo,
  type RenditionName,
  type Renditions,
} from './asset-files.js';
import { downloadName } from './download-name.js';
import type { Libraries } from '../access/libraries.js';
import { isFileSigned, signFile } from '../access/library-scope.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError } from '../errors.js';
import { isId } from '../id.js';

export interface LinkedFile {
  readonly blobKey: string;
  readonly mimeType: string;
  /** What a browser saves it as; null for a rendition. */
  readonly downloadName: string | null;
  /** Of the bytes that are there; undefined for an original, and for a rendition whose digest nobody knows. */
  readonly version: string | undefined;
  /** Whether other bytes may be there at any moment: the rendition of an asset that is being processed again. */
  readonly isChanging: boolean;
}

/** The addresses of files. Whoever was given one may fetch that file, and no other, without a key. */
export class FileLinks {
  constructor(private readonly libraries: Libraries) {}

  /** @param baseUrl of the server as the client reaches it, without a slash at its end */
  async url(baseUrl: string, { libraryId, id }: Pick<Asset, 'libraryId' | 'id'>, fileName: string): Promise<string> {
    const path = filePath(libraryId, id, fileName);
    return `${baseUrl}/${path}?s=${signFile(await this.libraries.fileSecret(libraryId), path)}`;
  }

  /** Likewise of a rendition, with its version: when it is made anew, what was kept of the one before is not shown for it. */
  async renditionUrl(baseUrl: string, asset: Pick<Asset, 'libraryId' | 'id' | 'renditions'>, name: RenditionName) {
    const digest = (asset.renditions as Renditions)[name]?.digest;
    return `${await this.url(baseUrl, asset, RENDITION_FILES[name].fileName)}${digest ? `&v=${digest}` : ''}`;
  }

  /** Likewise of the original, for a browser to save it instead of showing it. */
  async downloadUrl(baseUrl: string, asset: Pick<Asset, 'libraryId' | 'id'>): Promise<string> {
    return `${await this.url(baseUrl, asset, ORIGINAL)}&download`;
  }

  /** @throws FILE_NOT_FOUND also when the signature is wrong: nobody learns what is there by asking */
  async resolve(libraryId: string, assetId: string, fileName: string, signature: string): Promise<LinkedFile> {
    const path = filePath(libraryId, assetId, fileName);
    const isSound = isId(libraryId) && isId(assetId) && FILE_NAMES.includes(fileName);
    if (!isSound || !isFileSigned(await this.libraries.fileSecret(libraryId), path, signature)) throw fileNotFound();
    // Asked for every file: the addresses of an asset end with its row, whenever its files are removed.
    const asset = await this.libraries.rows(libraryId).asset.findUnique({
      where: { id: assetId },
      select: { originalName: true, mimeType: true, state: true, renditions: true },
    });
    if (!asset) throw fileNotFound();
    const key = blobKey(libraryId, assetId, fileName);
    const rendition = Object.values(RENDITION_FILES).find((file) => file.fileName === fileName);
    if (rendition) {
      const version = renditionInfo(asset, fileName)?.digest;
      const isChanging = asset.state === 'PENDING';
      return { blobKey: key, mimeType: rendition.mimeType, downloadName: null, version, isChanging };
    }
    const { mimeType } = asset;
    const name = downloadName(asset.originalName, mimeType);
    return { blobKey: key, mimeType, downloadName: name, version: undefined, isChanging: false };
  }
}

/** One answer wherever there is no file: nobody learns what was there by asking. */
export function fileNotFound(): AfterimageError {
  const message =
    'expected the address of a file that is there, received one of none: it was deleted, or the address is not whole';
  return new AfterimageError('FILE_NOT_FOUND', message);
}
