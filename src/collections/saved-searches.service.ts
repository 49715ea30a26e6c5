import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { orError } from './or-error.js';
import { pageByName } from './page-by-name.js';
import type { QueryRunner } from './query-runner.js';
import { fromStored, toStored, type StoredQuery } from './stored-query.js';
import { assertNameTaken, nameTaken } from './taken-names.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import { labelKey } from '../assets/label-name.js';
import type { SavedSearch } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';
import { toName } from '../name.js';
import type { Edge, Page, PageRequest } from '../pagination.js';
import type { Refusal } from '../refusal.js';
import type { SearchResult, SearchService } from '../search/search.service.js';

/** What `searchByText` is asked with. */
export type SavedQuery = Omit<StoredQuery, 'limit' | 'query'> & { readonly query: string };

export interface SavedSearchOutcome {
  readonly savedSearch: SavedSearch | null;
  readonly refusal?: Refusal;
}

export interface ResultsRequest extends PageRequest {
  readonly savedSearch: SavedSearch;
}

const SEARCHES_AT_ONCE = 4;

/** Searches by text under names. */
export class SavedSearchesService {
  constructor(
    private readonly libraries: Libraries,
    private readonly queries: QueryRunner,
    private readonly search: SearchService,
  ) {}

  async find(viewer: Viewer, id: string): Promise<SavedSearch | null> {
    return isId(id) ? this.#rows(viewer).savedSearch.findUnique({ where: { id } }) : null;
  }

  /** By name. @throws INVALID_ARGUMENT, INVALID_CURSOR */
  list(viewer: Viewer, page: PageRequest): Promise<Page<Edge<SavedSearch>>> {
    return pageByName('savedSearches', page, (query) => this.#rows(viewer).savedSearch.findMany(query));
  }

  /**
   * A page of each, a few at a time; so are their totals, when they are asked for.
   * @returns in the order of the requests, an error in the place of a page that cannot be had: as `SearchService.byText`
   */
  async results(viewer: Viewer, requests: readonly ResultsRequest[]): Promise<(SearchResult | Error)[]> {
    const limited = pLimit(SEARCHES_AT_ONCE);
    return limited.map(requests, ({ savedSearch, ...page }) =>
      orError(async () => {
        const { limit: _, query, ...search } = fromStored(savedSearch.query);
        const result = await this.search.byText(viewer, { ...search, query: query!, isStored: true, ...page });
        return { ...result, estimateTotal: () => limited(result.estimateTotal) };
      }),
    );
  }

  /** @throws INVALID_ARGUMENT, and as `QueryRunner.check` */
  async create(viewer: Viewer, given: string, query: SavedQuery): Promise<SavedSearchOutcome> {
    const name = toName(given, 'name');
    const refusal = await this.queries.check(viewer, query);
    if (refusal) return { savedSearch: null, refusal };
    const [savedSearch] = await this.#rows(viewer).savedSearch.createManyAndReturn({
      data: [
        {
          id: randomUUID(),
          libraryId: viewer.libraryId,
          name,
          nameKey: labelKey(name),
          query: toStored(query),
          createdById: viewer.keyId,
        },
      ],
      skipDuplicates: true,
    });
    return savedSearch ? { savedSearch } : { savedSearch: null, refusal: nameTaken(name) };
  }

  /** What is undefined stays as it is. @throws INVALID_ARGUMENT, and as `QueryRunner.check` */
  async update(
    viewer: Viewer,
    id: string,
    { name: given, query }: { readonly name?: string | null; readonly query?: SavedQuery | null },
  ): Promise<SavedSearchOutcome> {
    for (const [field, value] of Object.entries({ name: given, search: query }))
      if (value === null) throw new AfterimageError('INVALID_ARGUMENT', expected('a value', field, value));
    const known = await this.find(viewer, id);
    if (!known) return { savedSearch: null, refusal: notFound(id) };
    const name = given == null ? undefined : toName(given, 'name');
    const refusal = query && (await this.queries.check(viewer, query));
    if (refusal) return { savedSearch: known, refusal };
    const data = {
      ...(name !== undefined && { name, nameKey: labelKey(name) }),
      ...(query && { query: toStored(query) }),
    };
    try {
      const [savedSearch] = await this.#rows(viewer).savedSearch.updateManyAndReturn({ where: { id }, data });
      return savedSearch ? { savedSearch } : { savedSearch: null, refusal: notFound(id) };
    } catch (error) {
      assertNameTaken(error);
      return { savedSearch: known, refusal: nameTaken(name!) };
    }
  }

  /** @returns what it was */
  async delete(viewer: Viewer, id: string): Promise<SavedSearchOutcome> {
    const savedSearch = await this.find(viewer, id);
    if (!savedSearch) return { savedSearch: null, refusal: notFound(id) };
    await this.#rows(viewer).savedSearch.deleteMany({ where: { id } });
    return { savedSearch };
  }

  #rows({ libraryId }: Viewer) {
    return this.libraries.rows(libraryId);
  }
}

function notFound(id: string): Refusal {
  return { code: 'SAVED_SEARCH_NOT_FOUND', message: expected('the id of a saved search', 'id', id) };
}
