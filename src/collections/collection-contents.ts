import { z } from 'zod';
import { orError } from './or-error.js';
import type { QueryRunner } from './query-runner.js';
import { fromStored } from './stored-query.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetsService } from '../assets/assets.service.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import type { Asset, Collection } from '../database/generated/client.js';
import { groupBy } from '../group-by.js';
import { mapLimited } from '../map-limited.js';
import { checkFirst, cursorsOf, toPresentPage, type Edge, type Page, type PageRequest } from '../pagination.js';

export interface ContentsRequest extends PageRequest {
  readonly collection: Collection;
  /** Whether to begin with what was added last; ignored for smart collections. False by default. */
  readonly isLatestFirst?: boolean | null;
}

interface Member {
  /** The place of the request, from 0. */
  readonly place: number;
  readonly id: string;
  readonly position: number;
}

const BEFORE_ALL = 0;
const AFTER_ALL = Number.MAX_SAFE_INTEGER;
const QUERIES_AT_ONCE = 4;

/** What is in collections. Assets in the trash are out of sight here too. */
export class CollectionContents {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly assets: AssetsService,
    private readonly queries: QueryRunner,
  ) {}

  /**
   * A page of each; of collections of chosen assets in the order in which they were added, in two statements for all that
   * begin at the same end. A page of a smart one is a query of its own.
   * @returns in the order of the requests, an error in the place of a page that cannot be had: INVALID_ARGUMENT,
   *   INVALID_CURSOR, and as `QueryRunner.check`
   */
  async pages(viewer: Viewer, requests: readonly ContentsRequest[]): Promise<(Page<Edge<Asset>> | Error)[]> {
    const pages = new Map<ContentsRequest, Page<Edge<Asset>> | Error>();
    const chosen: { request: ContentsRequest; after: number }[] = [];
    // Many aliases may ask for one page, and each would be a search.
    const smart = groupBy(
      requests.filter(({ collection }) => collection.query !== null),
      ({ collection, first, after }) => JSON.stringify([collection.id, first, after]),
    );
    for (const request of requests)
      if (request.collection.query === null)
        try {
          checkFirst(request.first);
          chosen.push({ request, after: afterOf(request) });
        } catch (error) {
          pages.set(request, error as Error);
        }
    await mapLimited(QUERIES_AT_ONCE, [...smart.values()], async (same) => {
      const [request] = same as [ContentsRequest];
      const page = await orError(() =>
        this.queries.page(viewer, listOf(request), fromStored(request.collection.query), request),
      );
      for (const each of same) pages.set(each, page);
    });
    const found = (
      await Promise.all(
        [false, true].map(async (isLatestFirst) => {
          const own = chosen.filter(({ request }) => (request.isLatestFirst ?? false) === isLatestFirst);
          return own.length === 0 ? [] : this.#members(viewer, own, isLatestFirst);
        }),
      )
    ).flat();
    const assets = await this.assets.findMany(viewer, [
      ...new Set(found.flatMap(({ ids }) => ids.map(({ id }) => id))),
    ]);
    for (const { request, ids } of found) {
      const cursors = cursorsFor(request);
      const places = ids.map(({ id, position }) => ({ node: assets.get(id), cursor: cursors.encode(position) }));
      pages.set(request, toPresentPage(places, request));
    }
    return requests.map((request) => pages.get(request)!);
  }

  /**
   * How many assets each has; null for a smart collection by text.
   * @returns in their order, an error in the place of a count that cannot be had
   */
  async counts(viewer: Viewer, collections: readonly Collection[]): Promise<(number | null | Error)[]> {
    const chosen = collections.filter(({ query }) => query === null).map(({ id }) => id);
    const rows =
      chosen.length === 0
        ? []
        : await this.prisma.$queryRaw<{ id: string; count: number }[]>`
            SELECT collection_id AS id, count(*)::int AS count
            FROM collection_asset JOIN asset ON asset.id = asset_id
            WHERE collection_id = ANY (${chosen}::uuid[]) AND library_id = ${viewer.libraryId}::uuid
              AND trashed_at IS NULL
            GROUP BY collection_id`;
    const counts = new Map(rows.map(({ id, count }) => [id, count]));
    return mapLimited(QUERIES_AT_ONCE, collections, async ({ id, query }) =>
      query === null ? (counts.get(id) ?? 0) : orError(() => this.queries.count(viewer, fromStored(query))),
    );
  }

  async #members(
    { libraryId }: Viewer,
    wanted: readonly { readonly request: ContentsRequest; readonly after: number }[],
    isLatestFirst: boolean,
  ): Promise<{ request: ContentsRequest; ids: Member[] }[]> {
    const ids = wanted.map(({ request }) => request.collection.id);
    const afters = wanted.map(({ after }) => String(after));
    const takes = wanted.map(({ request }) => String(checkFirst(request.first) + 1));
    const [beyond, direction] = isLatestFirst ? ['<', 'DESC'] : ['>', 'ASC'];
    const rows = await this.prisma.$queryRaw<Member[]>`
      SELECT (wanted.place - 1)::int AS place, found.asset_id AS id, found.position::float8 AS position
      FROM unnest(${ids}::uuid[], ${afters}::bigint[], ${takes}::bigint[])
        WITH ORDINALITY AS wanted (id, after, take, place),
      LATERAL (
        SELECT asset_id, position FROM collection_asset JOIN asset ON asset.id = asset_id
        WHERE collection_id = wanted.id AND position ${Prisma.raw(beyond!)} wanted.after
          AND library_id = ${libraryId}::uuid AND trashed_at IS NULL
        ORDER BY position ${Prisma.raw(direction!)} LIMIT wanted.take) AS found
      ORDER BY place, found.position ${Prisma.raw(direction!)}`;
    const byPlace = groupBy(rows, ({ place }) => place);
    return wanted.map(({ request }, place) => ({ request, ids: byPlace.get(place) ?? [] }));
  }
}

function listOf({ collection, isLatestFirst }: ContentsRequest): string {
  return `collection ${collection.id}${isLatestFirst && collection.query === null ? ' latest first' : ''}`;
}

function cursorsFor(request: ContentsRequest) {
  return cursorsOf([listOf(request)], z.int().nonnegative());
}

function afterOf(request: ContentsRequest): number {
  if (request.after == null) return request.isLatestFirst ? AFTER_ALL : BEFORE_ALL;
  return cursorsFor(request).decode(request.after);
}
