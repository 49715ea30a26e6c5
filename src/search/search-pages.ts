import { z } from 'zod';
import { collapsedRanking, MAX_COLLAPSED, type CollapsedHit } from './collapsed-ranking.js';
import { contributionsOf, type Contributions } from './fusion.js';
import type { Hit, Ranking } from './ranking.js';
import { readUntil } from './read-until.js';
import type { Relevance } from './relevance.js';
import type { SearchScope } from './search-scope.js';
import type { SearchTimes } from './search-times.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import type { DuplicateRows } from '../assets/duplicates/duplicate-rows.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { checkFirst, cursorsOf, toPage, type Edge, type Page, type PageRequest } from '../pagination.js';

export interface SearchRequest extends PageRequest {
  readonly filter?: AssetFilter | null;
  /** The id of the model to ask; by default the active one, and for a next page the one that gave the page before. */
  readonly model?: string | null;
  /** Of assets that show the same picture, only the best is found. */
  readonly collapseNearDuplicates?: boolean | null;
  /** Whether to say what each place is made of, and where the time went. */
  readonly explain?: boolean | null;
}

export const SEARCH_MATCHES = ['VISUAL', 'KEYWORD'] as const;
export type SearchMatch = (typeof SEARCH_MATCHES)[number];

export interface SearchEdge extends Edge<Asset> {
  /**
   * Cosine of query and asset, -1 to 1; null where no meaning was asked for or the asset has no embedding yet. Not a
   * probability; only scores of one model can be compared.
   */
  readonly score: number | null;
  /** 0 to 1, 0.5 is about as likely relevant as not; null where there is no score or it is not known what one means. */
  readonly relevance: number | null;
  /** The rankings that have it. */
  readonly matchedBy: readonly SearchMatch[];
  /** Place in the ranking by meaning, from 1; null where that does not have it, or not far enough up to be looked at. */
  readonly visualRank: number | null;
  /** Place in the ranking by words, likewise. */
  readonly keywordRank: number | null;
  /** Where duplicates are collapsed: those that this asset stands for and that meet the filter. */
  readonly nearDuplicates: readonly Asset[];
  /** What its places count for; null where it was not asked for. */
  readonly explanation: Contributions | null;
}

export interface RankedSearch {
  readonly ranking: Ranking;
  /** Of the ranking it is what is shown. */
  readonly scope: SearchScope;
  /** What the ranking depends on, beside the filter: a cursor of another one does not fit. */
  readonly subject: readonly unknown[];
  /** Asked once a page for the scores of hits that have none; by id, null for what has no embedding. */
  readonly scores?: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly relevance?: Promise<Relevance>;
  readonly times: SearchTimes;
}

/** Cuts pages of assets out of a ranking. A cursor says how deep it lies in the ranking: it holds while nothing changes. */
export class SearchPages {
  constructor(private readonly duplicates: DuplicateRows) {}

  /** @throws INVALID_ARGUMENT, INVALID_FILTER, INVALID_CURSOR */
  async page(search: RankedSearch, request: SearchRequest): Promise<Page<SearchEdge>> {
    const first = checkFirst(request.first);
    const filter = request.filter ?? {};
    const depths = depthsOf(search.subject, filter);
    const depth = request.after == null ? 0 : depths.decode(request.after);
    if (request.collapseNearDuplicates && depth > MAX_COLLAPSED)
      throw new AfterimageError('INVALID_CURSOR', expected(`one of the best ${MAX_COLLAPSED}`, 'after', request.after));

    // What is not shown stands for nothing.
    const ranking: Ranking<Hit | CollapsedHit> = request.collapseNearDuplicates
      ? collapsedRanking(search.ranking, async (ids) => this.duplicates.of(await search.scope.among(ids)))
      : search.ranking;
    // The vector store is told of an asset before it is READY, and of what becomes of it afterwards: what it does not know
    // yet is made up for.
    const { kept } = await readUntil(ranking, depth, first + 1, async (hits) => {
      const ids = hits.map(({ id }) => id);
      const nodes = await search.times.measure('rowsMs', () => search.scope.find(ids));
      return hits.flatMap((hit) => {
        const node = nodes.get(hit.id);
        return node ? { hit, node } : [];
      });
    });
    const found = kept.slice(0, first + 1);

    const unscored = found.flatMap(({ hit }) => (hit.score === null ? hit.id : []));
    const scores = search.scores && unscored.length > 0 ? await search.scores(unscored) : undefined;
    const duplicateIds = found.slice(0, first).flatMap(({ hit }) => standsFor(hit));
    const duplicates = duplicateIds.length > 0 ? await search.scope.find(duplicateIds) : undefined;
    const relevance = await search.relevance;
    const edges = found.map(({ hit, node }) => {
      const score = hit.score ?? scores?.get(hit.id) ?? null;
      return {
        node,
        cursor: depths.encode(hit.depth),
        score,
        relevance: score === null || !relevance ? null : relevance.of(score),
        matchedBy: matchesOf(hit),
        visualRank: hit.visualRank,
        keywordRank: hit.keywordRank,
        nearDuplicates: standsFor(hit).flatMap((id) => duplicates?.get(id) ?? []),
        explanation: request.explain ? contributionsOf(hit) : null,
      };
    });
    return toPage(edges, request);
  }
}

/** The cursors of a search: how deep in the ranking of that subject and filter. */
export function depthsOf(subject: readonly unknown[], filter: AssetFilter) {
  return cursorsOf([...subject, filter], z.int32().nonnegative());
}

/** What the collapse adds to the subject of a search: its cursors do not fit the same search without it. */
export function collapsed({ collapseNearDuplicates }: SearchRequest): string[] {
  return collapseNearDuplicates ? ['collapsed'] : [];
}

function standsFor(hit: Hit | CollapsedHit): readonly string[] {
  return 'standsFor' in hit ? hit.standsFor : [];
}

function matchesOf({ visualRank, keywordRank }: Hit): SearchMatch[] {
  const ranks = { VISUAL: visualRank, KEYWORD: keywordRank };
  return SEARCH_MATCHES.filter((match) => ranks[match] !== null);
}
