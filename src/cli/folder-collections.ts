import { basename, dirname, resolve } from 'node:path';
import type { Refusal } from './found-files.js';
import type { Imported } from './import-summary.js';
import type { FoundPicture } from './sidecars.js';
import type { Viewer } from '../access/viewer.js';
import { MAX_IDS } from '../assets/assets.service.js';
import type { CollectionsService } from '../collections/collections.service.js';
import { AfterimageError } from '../errors.js';
import { MAX_NAME_LENGTH, tidyName } from '../name.js';

interface Folder {
  /** Of its files, those of which is not known yet what becomes of them. */
  waiting: number;
  readonly pictures: { readonly name: string; readonly id: string }[];
}

/**
 * Puts the pictures of each imported folder into a collection that is called as its path, from the imported folder on
 * (`Photos`, `Photos/2019/Italy`), in the order of their names, once all of them are in the library. Where it is there already,
 * also under another case, they come behind what it has.
 */
export class FolderCollections {
  /** Names of those that pictures were put into. */
  readonly names = new Set<string>();
  /** Folders whose collection takes no pictures. */
  readonly refused: Refusal[] = [];
  readonly #root: string;
  readonly #folders = new Map<string, Folder>();

  /** @param folder the imported one, as it was given */
  constructor(
    private readonly collections: CollectionsService,
    private readonly viewer: Viewer,
    folder: string,
    files: readonly FoundPicture[],
  ) {
    this.#root = basename(resolve(folder));
    for (const { name } of files) this.#of(name).waiting++;
  }

  /** To be called once for each of the files, in any order. */
  async note({ name }: FoundPicture, outcome: Imported): Promise<void> {
    const folder = this.#of(name);
    if ('id' in outcome) folder.pictures.push({ name, id: outcome.id });
    if (--folder.waiting > 0) return;
    this.#folders.delete(dirname(name));
    if (folder.pictures.length > 0) await this.#put(dirname(name), folder);
  }

  #of(name: string): Folder {
    let folder = this.#folders.get(dirname(name));
    if (!folder) {
      folder = { waiting: 0, pictures: [] };
      this.#folders.set(dirname(name), folder);
    }
    return folder;
  }

  async #put(path: string, { pictures }: Folder): Promise<void> {
    const name = this.#nameOf(path);
    const ids = pictures.sort((a, b) => (a.name < b.name ? -1 : 1)).map((picture) => picture.id);
    const refusal = await this.#add(name, ids);
    if (refusal) this.refused.push({ name: `collection ${name}`, code: refusal.code, message: refusal.message });
    else this.names.add(name);
  }

  async #add(name: string, ids: readonly string[]): Promise<Pick<Refusal, 'code' | 'message'> | undefined> {
    try {
      const { id } = await this.collections.ensure(this.viewer, name);
      for (let start = 0; start < ids.length; start += MAX_IDS) {
        const { refusal } = await this.collections.add(this.viewer, id, ids.slice(start, start + MAX_IDS));
        if (refusal) return refusal;
      }
      return undefined;
    } catch (error) {
      // A folder may be called by what shows nothing.
      if (error instanceof AfterimageError && error.code === 'INVALID_ARGUMENT') return error;
      throw error;
    }
  }

  /** Of a path that is too long for a name, the end, which tells it from its neighbours. */
  #nameOf(path: string): string {
    const name = tidyName([this.#root, ...(path === '.' ? [] : [path])].filter(Boolean).join('/')) || '/';
    return name.length <= MAX_NAME_LENGTH ? name : tidyName(`…${name.slice(1 - MAX_NAME_LENGTH)}`);
  }
}
