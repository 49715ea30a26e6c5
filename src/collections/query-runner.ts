import { z } from 'zod';
import type { StoredQuery } from './stored-query.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetsService } from '../assets/assets.service.js';
import { unreadyCode } from '../assets/unready.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { checkFirst, cursorsOf, type Edge, type Page, type PageRequest } from '../pagination.js';
import type { Refusal } from '../refusal.js';
import type { SearchService } from '../search/search.service.js';
import { checkStorable } from '../storable-text.js';

export const MAX_QUERY_LIMIT = 1_000;

/** Answers stored queries. */
export class QueryRunner {
  constructor(
    private readonly assets: AssetsService,
    private readonly search: SearchService,
  ) {}

  /**
   * A query that cannot be answered now never will be: it is tried before it is stored.
   * @returns what it is refused for where it is steered by an asset that is not there, or not READY
   * @throws INVALID_ARGUMENT, INVALID_FILTER
   */
  async check(viewer: Viewer, query: StoredQuery): Promise<Refusal | undefined> {
    const { limit } = query;
    if (limit != null && !(Number.isInteger(limit) && limit >= 1 && limit <= MAX_QUERY_LIMIT))
      throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_QUERY_LIMIT}`, 'limit', limit));
    const { query: text, filter, ...ofSearch } = query;
    // As filters refuse them; a search takes them, but no JSON in Postgres does.
    if (text != null) checkStorable(text, 'query');
    for (const [at, clue] of (query.not ?? []).entries()) checkStorable(clue.text, `not[${at}].text`);
    if (text == null && Object.values(ofSearch).some((given) => given != null))
      throw new AfterimageError('INVALID_ARGUMENT', expected('a text', 'query', text));
    if (text == null && filter == null)
      throw new AfterimageError('INVALID_ARGUMENT', expected('a query or a filter', 'the stored query', 'neither'));
    const refusal = await this.#refuseClue(viewer, query);
    if (!refusal) await this.#page(viewer, query, { first: 1 }, { isStored: false });
    return refusal;
  }

  /**
   * The best first of a search, up to its limit; the latest upload first of a filter alone.
   * @param list what the cursors are of
   * @throws INVALID_ARGUMENT, INVALID_FILTER, INVALID_CURSOR, ASSET_NOT_FOUND, ASSET_NOT_READY, ASSET_FAILED
   */
  async page(viewer: Viewer, list: string, query: StoredQuery, request: PageRequest): Promise<Page<Edge<Asset>>> {
    const cursors = cursorsOf([list], z.tuple([z.int().positive(), z.string()]));
    const [before, after] = request.after == null ? [0, null] : cursors.decode(request.after);
    const left = (query.limit ?? Infinity) - before;
    const first = Math.min(checkFirst(request.first), left);
    // Only a cursor that was made for more, before the limit was lowered.
    if (first < 1) return { edges: [], pageInfo: NO_MORE };
    const { edges: found, pageInfo } = await this.#page(viewer, query, { first, after }, { isStored: true });
    const edges = found.map(({ node, cursor }, index) => ({
      node,
      cursor: cursors.encode([before + index + 1, cursor]),
    }));
    return {
      edges,
      pageInfo: {
        hasNextPage: pageInfo.hasNextPage && first < left,
        hasPreviousPage: request.after != null,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  /** How many assets it finds; null where only looking at all of them would tell. */
  async count(viewer: Viewer, { query, filter }: StoredQuery): Promise<number | null> {
    return query == null ? this.assets.count(viewer, filter) : null;
  }

  async #refuseClue(viewer: Viewer, { like, unlike }: StoredQuery): Promise<Refusal | undefined> {
    const clues = Object.entries({ like, unlike }).flatMap(([name, pictures]) =>
      (pictures ?? []).map(({ assetId }, at) => ({ name: `${name}[${at}].assetId`, assetId })),
    );
    if (clues.length === 0) return undefined;
    const found = await this.assets.findMany(
      viewer,
      clues.map(({ assetId }) => assetId),
    );
    for (const { name, assetId } of clues) {
      const asset = found.get(assetId);
      if (!asset) return { code: 'ASSET_NOT_FOUND', message: expected('the id of an asset', name, assetId), assetId };
      if (asset.state !== 'READY')
        return { code: unreadyCode(asset.state), message: expected('a READY asset', name, assetId), assetId };
    }
    return undefined;
  }

  #page(
    viewer: Viewer,
    stored: StoredQuery,
    page: PageRequest,
    { isStored }: { isStored: boolean },
  ): Promise<Page<Edge<Asset>>> {
    const { query, filter, limit: _, ...search } = stored;
    if (query == null) return this.assets.list(viewer, { ...page, ...(filter && { filter }) });
    return this.search.byText(viewer, { ...search, query, filter, isStored, ...page });
  }
}

const NO_MORE = { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null };
