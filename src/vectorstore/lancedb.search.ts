import type { Table } from '@lancedb/lancedb';
import { toSql } from './lancedb.filter.js';
import { idsOf } from './lancedb.rows.js';
import type { ScoredPoint, VectorQuery } from './vectorstore.js';

// Candidates a result, re-ranked by their full vectors. With two the recall of the best 20 in 10,000 was 1.000 as well, but
// now and then a page repeated what was on the one before, whose candidates had been fewer.
const REFINE_FACTOR = 4;
const ALL_PARTITIONS = 1_000;
// Of more than these it is first asked how many rows there are: the search sets memory aside for as many as it is told.
const FEW = 10_000;
// Indexed and fresh points are scored by different kernels; equal vectors differ in the last bits of a float32.
const SCORE_DIGITS = 1e6;

/** The best matches of a table, a full page whenever enough rows match. */
export async function search(table: Table, { vector, filter, limit, offset = 0 }: VectorQuery): Promise<ScoredPoint[]> {
  const asked = offset + limit;
  const end = asked <= FEW ? asked : Math.min(asked, await table.countRows());
  if (limit === 0 || offset >= end) return [];

  const where = filter && toSql(filter);
  // One more than asked shows whether the last of the page has equals beyond it, among which the ids decide.
  for (let count = end + 1; ; count *= 2) {
    const points = await nearest(table, vector, where, count);
    const [last, beyond] = [points[end - 1], points.at(-1)];
    if (points.length < count || last!.score > beyond!.score) return points.slice(offset, end);
  }
}

/** The rows that match, where nothing tells one from the other but its id. */
export async function allEqual(
  table: Table,
  { filter, limit, offset = 0 }: Omit<VectorQuery, 'vector'>,
): Promise<ScoredPoint[]> {
  if (limit === 0) return [];
  const all = table.query().select(['id']).orderBy({ columnName: 'id' });
  const page = (filter ? all.where(toSql(filter)) : all).limit(limit).offset(offset);
  return idsOf(await page.toArrow()).map((id) => ({ id, score: 0 }));
}

async function nearest(table: Table, vector: Float32Array, where: string | undefined, count: number) {
  const query = () => {
    const all = table.query().nearestTo(vector).column('vector').distanceType('cosine');
    return (where ? all.where(where) : all).select(['id', '_distance']).limit(count);
  };
  const found = await query().refineFactor(REFINE_FACTOR).nprobes(ALL_PARTITIONS).toArrow();
  const isComplete = found.numRows >= count || found.numRows >= (await table.countRows(where));
  return scored(isComplete ? found : await query().bypassVectorIndex().toArrow());
}

function scored(found: Awaited<ReturnType<ReturnType<Table['query']>['toArrow']>>): ScoredPoint[] {
  const distances = found.numRows === 0 ? [] : (found.getChild('_distance')!.toArray() as Float32Array);
  return idsOf(found)
    .map((id, row) => ({ id, score: Math.round((1 - distances[row]!) * SCORE_DIGITS) / SCORE_DIGITS }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
