import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { connect, Session, type Connection } from '@lancedb/lancedb';
import { AfterimageError } from '../errors.js';
import { LanceDbCollection } from './lancedb.collection.js';
import { isMissingTable, lanceDb } from './lancedb.failure.js';
import { dropTornVersions } from './lancedb.files.js';
import { LanceDbIndexes } from './lancedb.indexes.js';
import { newColumns, schemaOf, specOf } from './lancedb.rows.js';
import { syncFolder } from '../sync-folder.js';
import { OpenCollections } from './open-collections.js';
import { addedFields } from './payload-growth.js';
import { assertCollectionName, assertSpec } from './point-rules.js';
import type { CollectionSpec, VectorCollection, VectorStore } from './vectorstore.js';

// LanceDB would cache 6 GB of indexes and 1 GB of metadata by default.
const INDEX_CACHE_BYTES = 64n << 20n;
const METADATA_CACHE_BYTES = 16n << 20n;
// Some 18,000 points of the built-in model, which are searched in 2 ms.
const BYTES_IN_MEMORY = 40 << 20;
const DROPPED = '.dropped-';

/** The embedded store: LanceDB tables in a folder that only this process uses. */
export class LanceDbVectorStore implements VectorStore {
  readonly #collections = new OpenCollections((spec) => lanceDb('open a table', () => this.#openTable(spec)));

  private constructor(
    private readonly folder: string,
    private readonly connection: Connection,
    private readonly bytesInMemory: number,
  ) {}

  /**
   * @param folder made when it is not there
   * @param bytesInMemory how large a collection may be, about, for it to be searched in memory
   * @throws VECTOR_STORE_FAILED
   */
  static open(folder: string, bytesInMemory = BYTES_IN_MEMORY): Promise<LanceDbVectorStore> {
    return lanceDb('open a folder', async () => {
      // Absolute: LanceDB takes a relative path that begins with "db" for the address of its cloud.
      const path = resolve(folder);
      await mkdir(path, { recursive: true });
      for (const name of await readdir(path)) if (name.startsWith(DROPPED)) await remove(join(path, name));
      const session = new Session(INDEX_CACHE_BYTES, METADATA_CACHE_BYTES);
      return new LanceDbVectorStore(path, await connect(path, {}, session), bytesInMemory);
    });
  }

  async openCollection(spec: CollectionSpec): Promise<VectorCollection> {
    assertSpec(spec);
    const collection = await this.#collections.get(spec);
    assertSame(spec, collection.spec);
    return collection;
  }

  hasCollection(name: string): Promise<boolean> {
    assertCollectionName(name);
    return lanceDb('open a table', async () => {
      // What is open had its torn versions dropped, and may be written to.
      if (!this.#collections.has(name)) await dropTornVersions(this.#folderOf(name));
      return this.connection.openTable(name).then(
        (table) => (table.close(), true),
        (error: unknown) => {
          if (!isMissingTable(error)) throw error;
          return false;
        },
      );
    });
  }

  async dropCollection(name: string): Promise<void> {
    assertCollectionName(name);
    await this.#collections.close(name);
    await lanceDb('drop a table', async () => {
      // One rename, so that a table is there whole or not at all whenever the process ends.
      const dropped = join(this.folder, DROPPED + randomUUID());
      await rename(this.#folderOf(name), dropped).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      await syncFolder(this.folder);
      await remove(dropped);
    });
  }

  async ping(): Promise<void> {
    await lanceDb('list its tables', () => this.connection.tableNames({ limit: 1 }));
  }

  async close(): Promise<void> {
    await this.#collections.closeAll();
    this.connection.close();
  }

  #folderOf(name: string): string {
    return join(this.folder, `${name}.lance`);
  }

  async #openTable(spec: CollectionSpec): Promise<LanceDbCollection> {
    const folder = this.#folderOf(spec.name);
    await dropTornVersions(folder);
    const table = await this.connection.openTable(spec.name).catch((error: unknown) => {
      if (!isMissingTable(error)) throw error;
      return this.connection.createEmptyTable(spec.name, schemaOf(spec));
    });
    const added = addedFields(spec.payload, specOf(await table.schema())?.payload ?? spec.payload);
    if (Object.keys(added).length > 0) await table.addColumns(newColumns(added));
    assertSame(spec, specOf(await table.schema()));
    const indexes = new LanceDbIndexes(table, spec);
    await indexes.dropDamagedTrees();
    await indexes.createForFields();
    const collection = new LanceDbCollection(spec, table, indexes, folder, this.bytesInMemory);
    await collection.readIntoMemory();
    await collection.tidy();
    await syncFolder(this.folder);
    return collection;
  }
}

function assertSame(spec: CollectionSpec, found: Pick<CollectionSpec, 'dimension' | 'payload'> | null): void {
  if (found && found.dimension === spec.dimension && isDeepStrictEqual({ ...found.payload }, { ...spec.payload }))
    return;
  const describe = ({ dimension, payload }: Pick<CollectionSpec, 'dimension' | 'payload'>) =>
    `dimension ${dimension} and payload ${JSON.stringify(payload)}`;
  throw new AfterimageError(
    'VECTOR_COLLECTION_MISMATCH',
    `expected ${describe(spec)} for the collection ${spec.name}, received ${found ? describe(found) : 'another table'}`,
  );
}

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
