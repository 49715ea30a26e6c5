import type { AssetFilter } from './asset-filter.js';
import { rowCondition } from './asset-filter.rows.js';
import { FACETS, type FacetField, type FacetSource } from './facets.sql.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import { Prisma } from '../database/database.js';
import { checkFirst } from '../pagination.js';
import { storable } from '../storable-text.js';

export interface Facet {
  readonly field: FacetField;
  /** How many different values there are. */
  readonly totalValues: number;
  /** The most common first, ties by value. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

interface FacetsRequest {
  readonly filter?: AssetFilter | null;
  readonly of: readonly FacetField[];
  readonly first?: number | null;
  readonly containing?: string | null;
}

interface Row {
  readonly field: FacetField;
  readonly value: string;
  readonly count: number;
  readonly totalValues: number;
}

/** Counts what the assets that meet a filter have in common. */
export class FacetsService {
  constructor(private readonly libraries: Libraries) {}

  /**
   * Exact, in one statement for all fields. An asset without a value of a field is not counted there; one with several
   * (tags, labels) is counted with each.
   * @param of each field once in the answer, in this order
   * @param first values of a field, 50 by default, 200 at most
   * @param containing only values that have this text in them, in any case, with or without accents
   * @throws INVALID_FILTER, INVALID_ARGUMENT
   */
  async count(viewer: Viewer, { filter, of, first, containing }: FacetsRequest): Promise<Facet[]> {
    const limit = checkFirst(first);
    const prisma = this.libraries.rows(viewer.libraryId);
    const condition = await rowCondition(prisma, viewer.libraryId, filter ?? {});
    const fields = [...new Set(of)];
    if (fields.length === 0) return [];
    const columns = Prisma.raw(['asset.id', ...new Set(fields.flatMap((field) => FACETS[field].columns))].join(', '));
    const counts = fields.map((field) => countOf(field, limit, containing ?? ''));
    const rows = await prisma.$queryRaw<Row[]>`
      WITH matched AS MATERIALIZED (SELECT ${columns} FROM asset WHERE ${condition}) ${Prisma.join(counts, ' UNION ALL ')}`;
    return fields.map((field) => {
      const own = rows.filter((row) => row.field === field);
      const values = own.map(({ value, count }) => ({ value, count }));
      return { field, totalValues: own[0]?.totalValues ?? 0, values };
    });
  }
}

function countOf(field: FacetField, limit: number, containing: string): Prisma.Sql {
  const { value, key = value, from = 'matched', isSettled = 'false' }: FacetSource = FACETS[field];
  // By their bytes, so that the order is that of no language, and the same everywhere.
  return Prisma.sql`(SELECT ${field}::text AS field,
      (array_agg(value ORDER BY is_settled DESC, spelled DESC, value))[1] AS value, sum(spelled)::int AS count,
      (count(*) OVER ())::int AS "totalValues"
    FROM (SELECT value, key, is_settled, count(*) AS spelled
      FROM (SELECT ${Prisma.raw(value)} COLLATE "C" AS value, ${Prisma.raw(key)} COLLATE "C" AS key,
        ${Prisma.raw(isSettled)} AS is_settled FROM ${Prisma.raw(from)}) AS of_each
      WHERE value IS NOT NULL GROUP BY value, key, is_settled) AS spellings
    ${contains(containing)} GROUP BY key ORDER BY count DESC, value LIMIT ${limit})`;
}

function contains(text: string): Prisma.Sql {
  if (text === '') return Prisma.empty;
  // Folding takes long, and leaves ASCII as it is. The collation of a value knows no case but that of ASCII.
  const folded = Prisma.sql`CASE WHEN octet_length(value) = length(value) THEN value ELSE folded(value) END`;
  return Prisma.sql`WHERE strpos(lower((${folded}) COLLATE "default"), lower(folded(${storable(text)}))) > 0`;
}
