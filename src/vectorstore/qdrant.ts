import type { QdrantClient } from '@qdrant/js-client-rest';
import { AfterimageError } from '../errors.js';
import { OpenCollections } from './open-collections.js';
import { addedFields } from './payload-growth.js';
import { assertCollectionName, assertSpec } from './point-rules.js';
import { connect, SERVER_TIMEOUT_S, type QdrantOptions } from './qdrant.client.js';
import { QdrantCollection } from './qdrant.collection.js';
import { qdrant } from './qdrant.failure.js';
import {
  assertSame,
  creationOf,
  FIELD_INDEXES,
  metadataOf,
  missingIndexes,
  otherThanSet,
  payloadOf,
} from './qdrant.schema.js';
import { count, searchParams } from './qdrant.search.js';
import type { CollectionSpec, VectorCollection, VectorStore } from './vectorstore.js';

/**
 * Collections on a Qdrant server, which any number of processes use. The name of a collection is an alias in front of
 * the real one, so that another can take its place at once. The alias comes last: what is behind one is complete.
 */
export class QdrantVectorStore implements VectorStore {
  readonly #collections = new OpenCollections((spec) => qdrant('open a collection', () => this.#openCollection(spec)));

  private constructor(
    private readonly client: QdrantClient,
    private readonly options: QdrantOptions,
  ) {}

  /** @throws VECTOR_STORE_FAILED when there is no answer, the key is refused, or the server is of another release */
  static async open(options: QdrantOptions): Promise<QdrantVectorStore> {
    return new QdrantVectorStore(await connect(options), options);
  }

  async openCollection(spec: CollectionSpec): Promise<VectorCollection> {
    assertSpec(spec);
    const wasOpen = this.#collections.has(spec.name);
    const collection = await this.#collections.get(spec);
    if (!wasOpen) return collection;
    const info = await qdrant('describe a collection', () => this.client.getCollection(this.#aliasOf(spec.name)));
    assertSame(spec, info, true);
    return collection;
  }

  async hasCollection(name: string): Promise<boolean> {
    assertCollectionName(name);
    return qdrant('list its aliases', async () => (await this.#behind(this.#aliasOf(name))) !== undefined);
  }

  async dropCollection(name: string): Promise<void> {
    assertCollectionName(name);
    await this.#collections.close(name);
    const alias = this.#aliasOf(name);
    await qdrant('drop a collection', async () => {
      // The collection before its alias: the other way round, what is left of a drop that was interrupted would be
      // taken for a new collection. Qdrant removes the aliases of what it deletes.
      const names = await this.#realNames();
      for (const real of new Set([await this.#behind(alias), firstOf(alias)]))
        if (real && names.has(real)) await this.client.deleteCollection(real, { timeout: SERVER_TIMEOUT_S });
      if (await this.#behind(alias)) await this.#changeAlias({ delete_alias: { alias_name: alias } });
    });
  }

  async ping(): Promise<void> {
    await qdrant('list its aliases', () => this.client.getAliases());
  }

  close(): Promise<void> {
    return this.#collections.closeAll();
  }

  async #openCollection(spec: CollectionSpec): Promise<QdrantCollection> {
    const alias = this.#aliasOf(spec.name);
    if (!(await this.#behind(alias))) await this.#create(spec, alias);
    await this.#extend(spec, alias);
    const info = await this.client.getCollection(alias);
    assertSame(spec, info, true);
    const others = otherThanSet(this.options, info);
    if (others.length > 0)
      process.emitWarning(`the collection ${alias} keeps the settings that it was created with: ${others.join(', ')}`);
    return new QdrantCollection(spec, alias, this.client, searchParams(this.options));
  }

  /** Also finishes what another process began, at the same time or before it ended. */
  async #create(spec: CollectionSpec, alias: string): Promise<void> {
    const real = firstOf(alias);
    const names = await this.#realNames();
    if (names.has(alias)) throw mismatch(spec, 'a collection that is no alias');
    if (!names.has(real)) await this.#createUnlessThere(real, spec);
    await this.#extend(spec, real);
    // Before the indexes are listed: whoever else creates it makes them before it writes a point.
    const isEmpty = (await count(this.client, real)) === 0;
    const info = await this.client.getCollection(real);
    assertSame(spec, info, false);
    const missing = missingIndexes(spec, info);
    if (missing.length > 0 && !isEmpty) throw mismatch(spec, `points without an index on ${missing.join(', ')}`);
    await this.#createIndexes(spec, real, missing);
    await this.#changeAlias({ create_alias: { collection_name: real, alias_name: alias } });
  }

  /** The fields that it lacks. What it says it has comes last, so that whoever is interrupted is finished by the next one. */
  async #extend(spec: CollectionSpec, name: string): Promise<void> {
    const info = await this.client.getCollection(name);
    const added = Object.keys(addedFields(spec.payload, payloadOf(info) ?? spec.payload));
    if (added.length === 0) return;
    const missing = new Set(missingIndexes(spec, info));
    await this.#createIndexes(
      spec,
      name,
      added.filter((field) => missing.has(field)),
    );
    await this.client.updateCollection(name, { metadata: metadataOf(spec), timeout: SERVER_TIMEOUT_S });
  }

  async #createIndexes({ payload }: CollectionSpec, name: string, fields: readonly string[]): Promise<void> {
    for (const field of fields)
      await this.client.createPayloadIndex(name, {
        field_name: field,
        field_schema: FIELD_INDEXES[payload[field]!],
        wait: true,
        ordering: 'strong',
        timeout: SERVER_TIMEOUT_S,
      });
  }

  async #createUnlessThere(real: string, spec: CollectionSpec): Promise<void> {
    try {
      const body = { ...creationOf(spec, this.options), collection_name: real, timeout: SERVER_TIMEOUT_S };
      // The client's own method for this leaves out the metadata.
      await this.client.api().createCollection(body);
    } catch (error) {
      if (!(await this.#realNames()).has(real)) throw error;
    }
  }

  #aliasOf(name: string): string {
    return (this.options.collectionPrefix ?? '') + name;
  }

  /** The collection behind an alias. */
  async #behind(name: string): Promise<string | undefined> {
    const { aliases } = await this.client.getAliases();
    return aliases.find(({ alias_name }) => alias_name === name)?.collection_name;
  }

  /** Names of the collections, without aliases. */
  async #realNames(): Promise<Set<string>> {
    const { collections } = await this.client.getCollections();
    return new Set(collections.map(({ name }) => name));
  }

  async #changeAlias(action: Parameters<QdrantClient['updateCollectionAliases']>[0]['actions'][number]): Promise<void> {
    await this.client.updateCollectionAliases({ actions: [action], timeout: SERVER_TIMEOUT_S });
  }
}

function firstOf(alias: string): string {
  return `${alias}--1`;
}

function mismatch({ name }: CollectionSpec, received: string): AfterimageError {
  const message = `expected an alias of a complete collection for ${name}, received ${received}`;
  return new AfterimageError('VECTOR_COLLECTION_MISMATCH', message);
}
