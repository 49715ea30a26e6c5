import type { Logger } from 'pino';
import { toChanges, toSharedChanges, type AssetFields, type SharedFields } from './asset-fields.js';
import { ASSET_COLUMNS } from './asset-columns.js';
import type { AssetFilter } from './asset-filter.js';
import { rowCondition } from './asset-filter.rows.js';
import { checkOrder, NEWEST_FIRST, orderedBy, type AssetOrder } from './asset-order.js';
import { changeInPortions } from './change-in-portions.js';
import { processAgain } from './process-again.js';
import { TEXT_BYTES, textPortions, type TextSize } from './text-portions.js';
import { putIntoTrash } from './trash.js';
import { writeSaid, type Said } from './write-said.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import { Prisma } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import type { JobKind } from '../database/generated/enums.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';
import type { JobQueue } from '../jobs/job-queue.js';
import type { Refusal } from '../refusal.js';
import { checkFirst, MAX_FIRST, toPage, type Edge, type Page, type PageRequest } from '../pagination.js';

export const MAX_IDS = 1_000;

/** What became of a change to several assets: those it was done to, and the ids of which there is none. */
export interface BulkOutcome {
  readonly assets: readonly Asset[];
  readonly missingIds: readonly string[];
  /** Why it was not done to others. */
  readonly refusals?: readonly Refusal[];
}

/** The rules of the library: looking assets up, changing what is said of them, throwing them away. */
export class AssetsService {
  constructor(
    private readonly libraries: Libraries,
    private readonly queue: JobQueue,
    private readonly log: Logger,
  ) {}

  /** The asset, in the trash or not; null when there is none. */
  async find(viewer: Viewer, id: string): Promise<Asset | null> {
    return isId(id) ? this.#rows(viewer).asset.findUnique({ where: { id } }) : null;
  }

  /** Those of these assets that are there, by id. */
  async findMany(viewer: Viewer, ids: readonly string[]): Promise<Map<string, Asset>> {
    const found = await this.#rows(viewer).asset.findMany({ where: { id: { in: ids.filter(isId) } } });
    return new Map(found.map((asset) => [asset.id, asset]));
  }

  /** As `findInOrder`. @throws INVALID_ARGUMENT for more than a page has */
  async findPage(viewer: Viewer, ids: readonly string[]): Promise<(Asset | null)[]> {
    if (ids.length > MAX_FIRST)
      throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${MAX_FIRST} ids`, 'ids', ids));
    return this.findInOrder(viewer, ids);
  }

  /** One for each id, null where there is none. */
  async findInOrder(viewer: Viewer, ids: readonly string[]): Promise<(Asset | null)[]> {
    const found = await this.findMany(viewer, ids);
    return ids.map((id) => found.get(id) ?? null);
  }

  /** @throws INVALID_FILTER, INVALID_CURSOR, INVALID_ARGUMENT */
  async list(
    viewer: Viewer,
    { filter, order, ...page }: { filter?: AssetFilter | null; order?: AssetOrder | null } & PageRequest,
  ): Promise<Page<Edge<Asset>>> {
    checkOrder(order ?? NEWEST_FIRST, filter ?? {});
    const { orderBy, cursorOf, partsAfter } = orderedBy(order ?? NEWEST_FIRST);
    const parts = partsAfter(page.after);
    const count = checkFirst(page.first) + 1;
    const condition = await this.#condition(viewer, filter ?? {});
    const found: Asset[] = [];
    for (const part of parts) {
      const take = count - found.length;
      if (take > 0)
        found.push(
          ...(await this.#select(viewer, condition, Prisma.sql`AND ${part} ORDER BY ${orderBy} LIMIT ${take}`)),
        );
    }
    return toPage(
      found.map((node) => ({ node, cursor: cursorOf(node) })),
      page,
    );
  }

  /** Exact. @throws INVALID_FILTER */
  async count(viewer: Viewer, filter?: AssetFilter | null): Promise<number> {
    const condition = await this.#condition(viewer, filter ?? {});
    const [row] = await this.#rows(viewer).$queryRaw<[{ count: number }]>`
      SELECT count(*)::int AS count FROM asset WHERE ${condition}`;
    return row.count;
  }

  /** Ids of the first assets that meet the filter and come after an id, in the order of ids. @throws INVALID_FILTER */
  async idsAfter(viewer: Viewer, filter: AssetFilter, after: string | null, limit: number): Promise<string[]> {
    const condition = await this.#condition(viewer, filter);
    const rest = after === null ? Prisma.empty : Prisma.sql`AND asset.id > ${after}::uuid`;
    const found = await this.#rows(viewer).$queryRaw<{ id: string }[]>`
      SELECT asset.id FROM asset WHERE ${condition} ${rest} ORDER BY asset.id LIMIT ${limit}`;
    return found.map(({ id }) => id);
  }

  /** Ids of the models that each of these assets has an embedding of, in the order of the ids. */
  async embeddingModels(viewer: Viewer, ids: readonly string[]): Promise<string[][]> {
    const found = await this.#rows(viewer).embedding.findMany({
      where: { assetId: { in: [...ids] }, failureCode: null },
      orderBy: { modelId: 'asc' },
    });
    const byAsset = new Map<string, string[]>(ids.map((id) => [id, []]));
    for (const { assetId, modelId } of found) byAsset.get(assetId)!.push(modelId);
    return ids.map((id) => byAsset.get(id)!);
  }

  /** @throws INVALID_ARGUMENT */
  async update(viewer: Viewer, id: string, fields: AssetFields): Promise<BulkOutcome> {
    return this.#say(viewer, [id], toChanges(fields));
  }

  /**
   * The same of several, in as many transactions as their texts take; one that would have too many tags is left as it is.
   * @throws INVALID_ARGUMENT
   */
  async updateMany(viewer: Viewer, ids: readonly string[], fields: SharedFields): Promise<BulkOutcome> {
    const said = toSharedChanges(fields);
    checkCount(ids);
    const sizes = await this.#rows(viewer).$queryRaw<TextSize[]>`
      SELECT "id", ${TEXT_BYTES} FROM "asset"
      WHERE "library_id" = ${viewer.libraryId}::uuid AND "id" = ANY (${ids.filter(isId)}::uuid[]) ORDER BY "id"`;
    const { title, description, addTags } = fields;
    const portions = textPortions(sizes, Buffer.byteLength([title, description, ...(addTags ?? [])].join(' ')));
    const change = (portion: readonly string[]) => this.#say(viewer, portion, said);
    const { assets, refusals } = await changeInPortions(portions, this.log, change);
    const byId = new Map(assets.map((asset) => [asset.id, asset]));
    const refused = new Set(refusals.map(({ assetId }) => assetId));
    const unique = [...new Set(ids)];
    return {
      assets: unique.flatMap((id) => byId.get(id) ?? []),
      missingIds: unique.filter((id) => !byId.has(id) && !refused.has(id)),
      refusals,
    };
  }

  /** Out of sight, with nothing lost. An asset that is in the trash keeps the time at which it came there. */
  trash(viewer: Viewer, ids: readonly string[]): Promise<BulkOutcome> {
    return this.#change(viewer, ids, 'SYNC_VECTOR', async (transaction, found) => {
      await putIntoTrash(transaction, viewer.libraryId, found);
      return found;
    });
  }

  restore(viewer: Viewer, ids: readonly string[]): Promise<BulkOutcome> {
    return this.#change(viewer, ids, 'SYNC_VECTOR', async (transaction, found) => {
      await transaction.asset.updateMany({ where: { id: { in: found } }, data: { trashedAt: null } });
      return found;
    });
  }

  /** For good: row, files and embedding, whether in the trash or not. */
  delete(viewer: Viewer, ids: readonly string[]): Promise<BulkOutcome> {
    return this.#change(viewer, ids, 'PURGE_ASSET', async (transaction, found) => {
      await transaction.asset.deleteMany({ where: { id: { in: found } } });
      return found;
    });
  }

  /** Tries FAILED assets again; others are left as they are. */
  retry(viewer: Viewer, ids: readonly string[]): Promise<BulkOutcome> {
    return this.#change(viewer, ids, 'PROCESS_ASSET', async (transaction, found) => {
      await processAgain(transaction, found, 'FAILED');
      // It has enqueued the jobs already.
      return [];
    });
  }

  async #say(viewer: Viewer, ids: readonly string[], said: Said): Promise<BulkOutcome> {
    const refusals: Refusal[] = [];
    const outcome = await this.#change(viewer, ids, 'SYNC_VECTOR', async (transaction, _, before) => {
      const { changedIds, refused } = await writeSaid(transaction, before, said);
      refusals.push(...refused);
      return changedIds;
    });
    const refused = new Set(refusals.map(({ assetId }) => assetId));
    return { ...outcome, assets: outcome.assets.filter(({ id }) => !refused.has(id)), refusals };
  }

  #condition(viewer: Viewer, filter: AssetFilter): Promise<Prisma.Sql> {
    return rowCondition(this.#rows(viewer), viewer.libraryId, filter);
  }

  #select(viewer: Viewer, condition: Prisma.Sql, rest: Prisma.Sql): Promise<Asset[]> {
    return this.#rows(viewer).$queryRaw`SELECT ${ASSET_COLUMNS} FROM asset WHERE ${condition} ${rest}`;
  }

  /**
   * Changes the assets that are there, and enqueues what follows from it, in one transaction.
   * @param apply is given the ids that are there, and the assets as they are, and returns the ids for which there is work
   */
  async #change(
    viewer: Viewer,
    ids: readonly string[],
    kind: JobKind,
    apply: (transaction: LibraryTransaction, found: string[], before: readonly Asset[]) => Promise<readonly string[]>,
  ): Promise<BulkOutcome> {
    checkCount(ids);
    const { libraryId } = viewer;
    const outcome = await this.#rows(viewer).$transaction(async (transaction) => {
      const unique = [...new Set(ids)];
      // Held in one order, so that no two requests wait for each other; others may go on referring to what stays.
      const lock = kind === 'PURGE_ASSET' ? Prisma.sql`FOR UPDATE` : Prisma.sql`FOR NO KEY UPDATE`;
      const before = await transaction.$queryRaw<Asset[]>`
        SELECT ${ASSET_COLUMNS} FROM asset
        WHERE library_id = ${libraryId}::uuid AND id = ANY (${unique.filter(isId)}::uuid[]) ORDER BY id ${lock}`;
      const found = before.map(({ id }) => id);
      const assetIds = await apply(transaction, found, before);
      await this.queue.enqueueMany(transaction, { libraryId, kind, assetIds });
      const after =
        kind === 'PURGE_ASSET' ? before : await transaction.asset.findMany({ where: { id: { in: found } } });
      const byId = new Map(after.map((asset) => [asset.id, asset]));
      return {
        assets: unique.flatMap((id) => byId.get(id) ?? []),
        missingIds: unique.filter((id) => !byId.has(id)),
      };
    });
    this.queue.announce();
    return outcome;
  }

  #rows({ libraryId }: Viewer) {
    return this.libraries.rows(libraryId);
  }
}

function checkCount(ids: readonly string[]): void {
  if (ids.length > MAX_IDS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${MAX_IDS} ids`, 'ids', ids));
}
