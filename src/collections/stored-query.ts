import { z } from 'zod';
import type { AssetFilter } from '../assets/asset-filter.js';
import { filterOf, toStoredJson } from '../assets/stored-filter.js';
import type { Prisma } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';
import { problemsIn } from '../parse-json.js';
import { SEARCH_CUTOFFS, type CutoffRequest } from '../search/cutoff.js';
import type { Clues } from '../search/query-clues.js';
import { SEARCH_MODES, type SearchMode } from '../search/text-search.js';

/** A search by text that is kept, or without a text a filter; it is answered anew each time. */
export interface StoredQuery extends Clues, CutoffRequest {
  readonly query?: string | null;
  readonly mode?: SearchMode | null;
  readonly filter?: AssetFilter | null;
  /** How many of the best to take of a search; all of them by default. */
  readonly limit?: number | null;
}

const VERSION = 1;

const weight = z.number().nullish();
const pictureClues = z.array(z.strictObject({ assetId: z.string(), weight })).nullish();
/** As it is stored: `version` says how to read it. What a filter may hold is checked by whoever filters by it. */
export const storedQuerySchema = z.strictObject({
  version: z.literal(VERSION),
  query: z.string().nullish(),
  mode: z.enum(SEARCH_MODES).nullish(),
  cutoff: z.enum(SEARCH_CUTOFFS).nullish(),
  minRelevance: z.number().nullish(),
  not: z.array(z.strictObject({ text: z.string(), weight })).nullish(),
  like: pictureClues,
  unlike: pictureClues,
  filter: z.record(z.string(), z.unknown()).nullish(),
  limit: z.int().positive().nullish(),
} satisfies Record<keyof StoredQuery | 'version', z.ZodType>);

/** JSON of it, without what is not given. */
export function toStored(query: StoredQuery): Prisma.InputJsonObject {
  const { mode, cutoff, minRelevance, not, like, unlike, filter, limit } = query;
  return toStoredJson({
    version: VERSION,
    query: query.query,
    mode,
    cutoff,
    minRelevance,
    not,
    like,
    unlike,
    filter,
    limit,
  });
}

/** What it was made of, as JSON. */
export function argumentsOf(json: Prisma.JsonValue): object {
  const { version: _, ...given } = json as Prisma.JsonObject;
  return given;
}

/** @throws INTERNAL for what this version cannot read */
export function fromStored(json: Prisma.JsonValue): StoredQuery {
  const parsed = storedQuerySchema.safeParse(json);
  if (!parsed.success)
    throw new AfterimageError('INTERNAL', expected(`version ${VERSION}`, 'a stored query', problemsIn(parsed.error)));
  const { version: _, filter, ...query } = parsed.data;
  return { ...query, ...(filter && { filter: filterOf(filter) }) };
}
