import { randomUUID } from 'node:crypto';
import { isSmart, noCover, notFound, refusalOf } from './collection-refusals.js';
import { pageByName } from './page-by-name.js';
import type { QueryRunner } from './query-runner.js';
import { toStored, type StoredQuery } from './stored-query.js';
import { nameTaken } from './taken-names.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import { toDescription } from '../assets/asset-fields.js';
import { MAX_IDS, type BulkOutcome } from '../assets/assets.service.js';
import { labelKey } from '../assets/label-name.js';
import { Prisma } from '../database/database.js';
import type { Asset, Collection } from '../database/generated/client.js';
import { stillThere } from '../database/still-there.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';
import { toName } from '../name.js';
import type { Edge, Page, PageRequest } from '../pagination.js';
import type { Refusal } from '../refusal.js';

/** What a person says of a collection. Undefined leaves a field as it is, null clears it. */
export interface CollectionFields {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly coverId?: string | null;
  readonly query?: StoredQuery | null;
}

export interface CollectionOutcome {
  readonly collection: Collection | null;
  readonly refusal?: Refusal;
}

export interface MembersOutcome extends BulkOutcome, CollectionOutcome {}

/** The collections of a library: those of assets that people chose, and smart ones, which are a stored query. */
export class CollectionsService {
  constructor(
    private readonly libraries: Libraries,
    private readonly queries: QueryRunner,
  ) {}

  async find(viewer: Viewer, id: string): Promise<Collection | null> {
    return isId(id) ? this.#rows(viewer).collection.findUnique({ where: { id } }) : null;
  }

  /** By name. @throws INVALID_ARGUMENT, INVALID_CURSOR */
  list(viewer: Viewer, page: PageRequest): Promise<Page<Edge<Collection>>> {
    return pageByName('collections', page, (query) => this.#rows(viewer).collection.findMany(query));
  }

  /** Exact. */
  count(viewer: Viewer): Promise<number> {
    return this.#rows(viewer).collection.count();
  }

  /** The collections that each of these assets was put into, by name, in the order of the ids. */
  async ofAssets(viewer: Viewer, assetIds: readonly string[]): Promise<Collection[][]> {
    const found = await this.#rows(viewer).collectionAsset.findMany({
      where: { assetId: { in: [...assetIds] } },
      include: { collection: true },
      orderBy: { collection: { nameKey: 'asc' } },
    });
    const byAsset = new Map<string, Collection[]>(assetIds.map((id) => [id, []]));
    for (const { assetId, collection } of stillThere(found, 'collection')) byAsset.get(assetId)!.push(collection);
    return assetIds.map((id) => byAsset.get(id)!);
  }

  /** @throws INVALID_ARGUMENT, and as `QueryRunner.check` */
  async create(viewer: Viewer, fields: CollectionFields & { readonly name: string }): Promise<CollectionOutcome> {
    const { query } = fields;
    const name = toName(fields.name, 'name');
    const refusal = await this.#refuse(viewer, fields);
    if (refusal) return { collection: null, refusal };
    const data = {
      id: randomUUID(),
      libraryId: viewer.libraryId,
      name,
      nameKey: labelKey(name),
      description: toDescription(fields.description) ?? null,
      coverId: fields.coverId ?? null,
      query: query ? toStored(query) : Prisma.DbNull,
      createdById: viewer.keyId,
    };
    try {
      const rows = this.#rows(viewer).collection;
      const [collection] = await rows.createManyAndReturn({ data: [data], skipDuplicates: true });
      return collection ? { collection } : { collection: null, refusal: nameTaken(name) };
    } catch (error) {
      return { collection: null, refusal: refusalOf(error, { name, coverId: fields.coverId }) };
    }
  }

  /** The one of that name, in any case; made when it is not there. @throws INVALID_ARGUMENT */
  async ensure(viewer: Viewer, name: string): Promise<Collection> {
    for (;;) {
      const { collection } = await this.create(viewer, { name });
      const nameKey = labelKey(toName(name, 'name'));
      // In between it may have been deleted.
      const found = collection ?? (await this.#rows(viewer).collection.findFirst({ where: { nameKey } }));
      if (found) return found;
    }
  }

  /**
   * A collection stays of its kind: there is no telling what the chosen assets of a query would be, or the reverse.
   * @throws INVALID_ARGUMENT, and as `QueryRunner.check`
   */
  async update(viewer: Viewer, id: string, fields: CollectionFields): Promise<CollectionOutcome> {
    const known = await this.find(viewer, id);
    if (!known) return { collection: null, refusal: notFound(id) };
    const { query, coverId } = fields;
    if (fields.name === null) throw new AfterimageError('INVALID_ARGUMENT', expected('a name', 'name', null));
    if (query !== undefined && (query === null) !== (known.query === null)) {
      const what = known.query === null ? 'no query, as its assets are chosen' : 'a query, as it is a smart collection';
      throw new AfterimageError('INVALID_ARGUMENT', expected(what, 'query', query));
    }
    const name = fields.name === undefined ? undefined : toName(fields.name, 'name');
    const refusal = await this.#refuse(viewer, fields);
    if (refusal) return { collection: known, refusal };
    const data = {
      description: toDescription(fields.description),
      coverId,
      ...(name !== undefined && { name, nameKey: labelKey(name) }),
      ...(query && { query: toStored(query) }),
    };
    try {
      const [collection] = await this.#rows(viewer).collection.updateManyAndReturn({ where: { id }, data });
      return collection ? { collection } : { collection: null, refusal: notFound(id) };
    } catch (error) {
      return { collection: known, refusal: refusalOf(error, { name, coverId }) };
    }
  }

  /** Its assets stay. @returns what it was */
  async delete(viewer: Viewer, id: string): Promise<CollectionOutcome> {
    const collection = await this.find(viewer, id);
    if (!collection) return { collection: null, refusal: notFound(id) };
    await this.#rows(viewer).collection.deleteMany({ where: { id } });
    return { collection };
  }

  /** Behind those that are in it, in the order of the ids; one that is in it stays where it is. @throws INVALID_ARGUMENT */
  add(viewer: Viewer, id: string, assetIds: readonly string[]): Promise<MembersOutcome> {
    return this.#change(viewer, id, assetIds, async (transaction, ids) => {
      await transaction.$executeRaw`
        INSERT INTO collection_asset (collection_id, asset_id)
        SELECT ${id}::uuid, asset.id FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS wanted (id, place)
        JOIN asset ON asset.id = wanted.id WHERE library_id = ${viewer.libraryId}::uuid
        ORDER BY place ON CONFLICT DO NOTHING`;
      return transaction.asset.findMany({ where: { id: { in: ids }, collections: { some: { collectionId: id } } } });
    });
  }

  /** One that is not in it stays out of it. @throws INVALID_ARGUMENT */
  remove(viewer: Viewer, id: string, assetIds: readonly string[]): Promise<MembersOutcome> {
    return this.#change(viewer, id, assetIds, async (transaction, ids) => {
      const assets = await transaction.asset.findMany({ where: { id: { in: ids } } });
      await transaction.collectionAsset.deleteMany({
        where: { collectionId: id, assetId: { in: assets.map((asset) => asset.id) } },
      });
      return assets;
    });
  }

  async #change(
    viewer: Viewer,
    id: string,
    assetIds: readonly string[],
    apply: (transaction: LibraryTransaction, ids: string[]) => Promise<Asset[]>,
  ): Promise<MembersOutcome> {
    if (assetIds.length === 0 || assetIds.length > MAX_IDS)
      throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_IDS} ids`, 'assetIds', assetIds));
    const none = { collection: null, assets: [], missingIds: [] };
    if (!isId(id)) return { ...none, refusal: notFound(id) };
    return this.#rows(viewer).$transaction(async (transaction) => {
      const unique = [...new Set(assetIds)];
      const known = unique.filter(isId);
      // So that nobody deletes them meanwhile: assets first, as deleting one goes on to the collections whose cover it is.
      await transaction.$queryRaw`
        SELECT FROM asset WHERE id = ANY (${known}::uuid[]) AND library_id = ${viewer.libraryId}::uuid
        ORDER BY id FOR KEY SHARE`;
      const data = { updatedAt: new Date() };
      const [collection] = await transaction.collection.updateManyAndReturn({ where: { id, query: NONE }, data });
      if (!collection) {
        const smart = await transaction.collection.findUnique({ where: { id } });
        return { ...none, collection: smart, refusal: smart ? isSmart(id) : notFound(id) };
      }
      const found = await apply(transaction, known);
      const byId = new Map(found.map((asset) => [asset.id, asset]));
      return {
        collection,
        assets: unique.flatMap((assetId) => byId.get(assetId) ?? []),
        missingIds: unique.filter((assetId) => !byId.has(assetId)),
      };
    });
  }

  async #refuse(viewer: Viewer, { coverId, query }: CollectionFields): Promise<Refusal | undefined> {
    if (coverId != null) {
      const cover = isId(coverId) && (await this.#rows(viewer).asset.findUnique({ where: { id: coverId } }));
      if (!cover) return noCover(coverId);
    }
    return query ? this.queries.check(viewer, query) : undefined;
  }

  #rows({ libraryId }: Viewer) {
    return this.libraries.rows(libraryId);
  }
}

const NONE = { equals: Prisma.DbNull };
