import type { Table, VectorQuery as VectorSearch } from '@lancedb/lancedb';
import { toSql } from './lancedb.filter.js';
import { idsOf, vectorsOf } from './lancedb.rows.js';
import { inSteps, ranked, scoredPoint } from './scored-points.js';
import { dotProduct, lengthOf } from '../inference/vectors.js';
import type { Point, ScoredPoint, VectorQuery } from './vectorstore.js';

// A ranking is put together of blocks, each twice as long as the one before. What a block has is decided by its own candidates,
// whatever page of one length is asked for: when each page had candidates of its own, one search in seven repeated a picture
// within ten pages.
const SHORTEST_BLOCK = 32;
// What a block has is, in the next one, no further down than this many times its length: from there on it need not be asked.
const OVERLAP = 1.25;
// Places a place of which LanceDB is asked. It passes a row over by one bit of each number of its code, where that says that the
// row is behind the last place asked for, and is wrong about some that are far before the last, but hardly ever so far.
const FOUND = 4;
// Candidates a place, ranked by their full vectors. The eight-bit codes put next to none of a block further down than that.
const CANDIDATES = 1.25;
const ALL_PARTITIONS = 1_000;
// Of more than these it is first asked how many rows there are: the search sets memory aside for as many as it is told.
const FEW = 10_000;
// Of more, what is read for it would take memory, and the thread.
const MAX_SCORED_HERE = 2_048;

/** The best matches of a table, a full page whenever enough rows match. */
export async function search(table: Table, { vector, filter, limit, offset = 0 }: VectorQuery): Promise<ScoredPoint[]> {
  const end = offset + limit;
  const most = end > FEW ? await table.countRows() : Infinity;
  if (limit === 0 || offset >= most) return [];

  const where = filter && toSql(filter);
  const ranked = new Map<string, ScoredPoint>();
  for (let block = firstBlock(limit, offset); ; block *= 2) {
    const count = Math.min(block, most + 1);
    const [points] = await nearest(table, [vector], where, count);
    for (const point of decided(points!, count)) if (!ranked.has(point.id)) ranked.set(point.id, point);
    if (points!.length < count || ranked.size >= end) return [...ranked.values()].slice(offset, end);
  }
}

/** The best matches of each vector, of which LanceDB plans and reads the same once. */
export async function searchEach(
  table: Table,
  vectors: readonly Float32Array[],
  page: Omit<VectorQuery, 'vector' | 'offset'>,
): Promise<ScoredPoint[][]> {
  const { filter, limit } = page;
  const count = firstBlock(limit, 0);
  if (vectors.length === 0 || limit === 0 || limit > FEW)
    return Promise.all(vectors.map((vector) => search(table, { ...page, vector })));
  const blocks = await nearest(table, vectors, filter && toSql(filter), count);
  const pages = blocks.map(async (points, index) => {
    const ranked = decided(points, count);
    const isFull = points.length < count || ranked.length >= limit;
    return isFull ? ranked.slice(0, limit) : search(table, { ...page, vector: vectors[index]! });
  });
  return Promise.all(pages);
}

/** Those of a block whose places nothing beyond it can change. */
function decided(points: readonly ScoredPoint[], count: number): readonly ScoredPoint[] {
  if (points.length < count) return points;
  // The last one may have equals beyond, among which the ids decide: it belongs to the next block with them.
  const last = points.at(-1)!.score;
  return points.filter(({ score }) => score !== last);
}

/** How long the first block is that a page needs: where pages are longer, blocks are too. */
function firstBlock(limit: number, offset: number): number {
  let count = SHORTEST_BLOCK;
  while (count <= limit || count * OVERLAP <= offset) count *= 2;
  return count;
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

async function nearest(
  table: Table,
  vectors: readonly Float32Array[],
  where: string | undefined,
  count: number,
): Promise<ScoredPoint[][]> {
  const query = (wanted: readonly Float32Array[], limit: number) => {
    const [first, ...others] = wanted;
    const all = table.query().nearestTo(first!).column('vector').distanceType('cosine');
    for (const other of others) all.addQueryVector(other);
    return (where ? all.where(where) : all).limit(limit);
  };
  const found =
    (await scoredHere(table, vectors, count, query(vectors, count * FOUND).nprobes(ALL_PARTITIONS))) ??
    (await scoredThere(
      query(vectors, Math.ceil(count * CANDIDATES))
        .nprobes(ALL_PARTITIONS)
        .refineFactor(1),
      vectors.length,
    ));
  const least = Math.min(...found.map(({ length }) => length));
  const total = least < count ? await table.countRows(where) : count;
  const complete = found.map(async (points, index) => {
    if (points.length >= Math.min(count, total)) return points;
    const [all] = await scoredThere(query([vectors[index]!], count).bypassVectorIndex(), 1);
    return all!;
  });
  return (await Promise.all(complete)).map((points) => points.slice(0, count));
}

/**
 * What is found for each vector, the best by their codes scored by their full vectors. Undefined where they are too many, or were
 * changed since they were found.
 */
async function scoredHere(
  table: Table,
  vectors: readonly Float32Array[],
  count: number,
  search: VectorSearch,
): Promise<ScoredPoint[][] | undefined> {
  if (count * vectors.length > MAX_SCORED_HERE) return undefined;
  const found = await search.select(['_distance']).withRowId().toArrow();
  const addresses = (found.getChild('_rowid')?.toArray() ?? []) as BigUint64Array;
  const distances = (found.getChild('_distance')?.toArray() ?? []) as Float32Array;
  const best = rowsOfEach(found, vectors.length).map((found) =>
    found.sort((a, b) => distances[a]! - distances[b]!).slice(0, Math.ceil(count * CANDIDATES)),
  );
  const read = await readRows(table, new Set(best.flat().map((row) => addresses[row]!)));
  if (!read) return undefined;
  return best.map((found, index) => {
    const vector = vectors[index]!;
    const length = lengthOf(vector);
    return ranked(
      found.map((row) => {
        const point = read.get(addresses[row]!)!;
        return scoredPoint(point.id, inSteps(dotProduct(vector, point.vector) / (length * lengthOf(point.vector))));
      }),
    );
  });
}

/** The same scored by LanceDB, which reads what it has found. */
async function scoredThere(search: VectorSearch, vectorCount: number): Promise<ScoredPoint[][]> {
  const found = await search.select(['id', '_distance']).toArrow();
  const ids = idsOf(found);
  const distances = (found.getChild('_distance')?.toArray() ?? []) as Float32Array;
  return rowsOfEach(found, vectorCount).map((rows) =>
    ranked(rows.map((row) => scoredPoint(ids[row]!, inSteps(1 - distances[row]!)))),
  );
}

/** The rows that were found for each vector. */
function rowsOfEach(found: Awaited<ReturnType<VectorSearch['toArrow']>>, vectorCount: number): number[][] {
  const ofEach = Array.from({ length: vectorCount }, (): number[] => []);
  // There only where there are several.
  const indexes = found.getChild('query_index')?.toArray() as Int32Array | undefined;
  for (let row = 0; row < found.numRows; row++) ofEach[indexes?.[row] ?? 0]!.push(row);
  return ofEach;
}

/** Ids and vectors of rows by their addresses (`_rowid`); undefined where some lie there no more. */
async function readRows(
  table: Table,
  addresses: ReadonlySet<bigint>,
): Promise<ReadonlyMap<bigint, Pick<Point, 'id' | 'vector'>> | undefined> {
  if (addresses.size === 0) return new Map();
  const rows = await table
    .takeRowIds([...addresses])
    .select(['id', 'vector'])
    .withRowId()
    .toArrow();
  if (rows.numRows < addresses.size) return undefined;
  const [found, vectors] = [rows.getChild('_rowid')?.toArray() as BigUint64Array, vectorsOf(rows)];
  return new Map(idsOf(rows).map((id, row) => [found[row]!, { id, vector: vectors[row]! }]));
}
