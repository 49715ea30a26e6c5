import { SAMPLE_SIZE } from './backgrounds.js';
import type { LibraryRows } from '../access/library-scope.js';
import { ASSET_COLUMNS } from '../assets/asset-columns.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import { pointCondition } from '../assets/asset-filter.points.js';
import { rowCondition, sampleIds } from '../assets/asset-filter.rows.js';
import { lookUp } from '../assets/looked-up.js';
import { findUntold } from '../assets/untold.js';
import { Prisma } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { loadOnce } from '../load-once.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/** What a search looks among: the READY assets that meet its filter, but for some. All of it throws INVALID_FILTER. */
export class SearchScope {
  /** The same, as the vector store is told, and ids of what it may not know yet: of one moment, for all who ask. */
  readonly points: () => Promise<Filter>;
  readonly #filtered: () => Promise<Prisma.Sql>;

  /** @param excluded what it leaves out, on the columns of the table "asset" */
  constructor(
    private readonly rows: LibraryRows,
    private readonly libraryId: string,
    private readonly filter: AssetFilter,
    private readonly excluded?: Prisma.Sql,
  ) {
    this.#filtered = loadOnce(() => rowCondition(rows, libraryId, filter));
    this.points = loadOnce(() => this.#findPoints());
  }

  /** Those of these assets that are in it, by id. */
  async find(ids: readonly string[]): Promise<Map<string, Asset>> {
    const found = await this.#select<Asset>(ASSET_COLUMNS, ids);
    return new Map(found.map((asset) => [asset.id, asset]));
  }

  /** Ids of those of these assets that are in it. */
  async among(ids: readonly string[]): Promise<string[]> {
    const found = await this.#select<Pick<Asset, 'id'>>(Prisma.sql`asset.id`, ids);
    return found.map(({ id }) => id);
  }

  async count(): Promise<number> {
    const [row] = await this.rows.$queryRaw<[{ count: number }]>`
      SELECT count(*)::int AS count FROM asset WHERE asset.state = 'READY' AND ${await this.#condition()}`;
    return row.count;
  }

  /** Whether each asset in it has an embedding of that model. */
  async isEmbedded(modelId: string): Promise<boolean> {
    const [row] = await this.rows.$queryRaw<[{ isEmbedded: boolean }]>`
      SELECT NOT EXISTS (
        SELECT FROM asset WHERE asset.state = 'READY' AND ${await this.#condition()} AND NOT EXISTS (
          SELECT FROM embedding WHERE asset_id = asset.id AND model_id = ${modelId} AND failure_code IS NULL)
      ) AS "isEmbedded"`;
    return row.isEmbedded;
  }

  /** Ids of a random sample of it. */
  async sample(): Promise<string[]> {
    return sampleIds(this.rows, await this.#condition(), SAMPLE_SIZE);
  }

  async #select<Row>(columns: Prisma.Sql, ids: readonly string[]): Promise<Row[]> {
    return this.rows.$queryRaw<Row[]>`
      SELECT ${columns} FROM asset
      WHERE asset.state = 'READY' AND ${await this.#condition()} AND asset.id = ANY (${[...ids]}::uuid[])`;
  }

  async #condition(): Promise<Prisma.Sql> {
    const filtered = await this.#filtered();
    return this.excluded ? Prisma.sql`${filtered} AND NOT ${this.excluded}` : filtered;
  }

  async #findPoints(): Promise<Filter> {
    const filtered = await this.#filtered();
    const [filter, excluded, untold] = await Promise.all([
      pointCondition(this.rows, this.libraryId, this.filter),
      this.excluded && lookUp(this.rows, filtered, this.excluded),
      findUntold(this.rows, this.libraryId, filtered),
    ]);
    const found: Filter = untold.met.length > 0 ? { or: [filter, { ids: untold.met }] } : filter;
    const without: Filter[] = [];
    if (untold.unmet.length > 0) without.push({ not: { ids: untold.unmet } });
    if (excluded) without.push({ not: excluded });
    return without.length > 0 ? { and: [found, ...without] } : found;
  }
}
