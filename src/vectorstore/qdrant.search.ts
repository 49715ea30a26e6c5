import type { QdrantClient, Schemas } from '@qdrant/js-client-rest';
import { SERVER_TIMEOUT_S, type QdrantOptions } from './qdrant.client.js';
import { toQdrant } from './qdrant.filter.js';
import { exampleIds, pointNotFound } from './recommendation.js';
import type { Example, Filter, Recommendation, ScoredPoint, VectorQuery } from './vectorstore.js';

// Qdrant may set memory aside for as many as are asked for: a larger page is first cut to what there is.
const MAX_UNCOUNTED = 10_000;
// How many more than the page are asked for at first, to see whether its last score goes on behind it.
const TIE_MARGIN = 16;
const OVERSAMPLING = 2;

/** How a collection is searched: complete while its graph is being built, and rescored where it is quantised. */
export function searchParams({ quantisation, hnswEf }: QdrantOptions): Schemas['SearchParams'] {
  return {
    indexed_only: false,
    ...(hnswEf !== undefined && { hnsw_ef: hnswEf }),
    ...(quantisation === 'int8' && { quantization: { ignore: false, rescore: true, oversampling: OVERSAMPLING } }),
  };
}

/** @param query one that `assertQuery` let pass */
export function search(
  client: QdrantClient,
  name: string,
  { vector, ...page }: VectorQuery,
  params: Schemas['SearchParams'],
): Promise<ScoredPoint[]> {
  return pageOf(client, name, Array.from(vector), page, params);
}

/** As `search`, of each vector. @param page one that `assertQueries` let pass */
export async function searchEach(
  client: QdrantClient,
  name: string,
  vectors: readonly Float32Array[],
  page: Omit<VectorQuery, 'vector' | 'offset'>,
  params: Schemas['SearchParams'],
): Promise<ScoredPoint[][]> {
  const { filter, limit } = page;
  const condition = filter ? toQdrant(filter) : true;
  if (vectors.length === 0 || condition === false || limit === 0) return vectors.map(() => []);
  if (limit > MAX_UNCOUNTED)
    return Promise.all(vectors.map((vector) => search(client, name, { ...page, vector }, params)));
  const size = limit + TIE_MARGIN;
  const searches = vectors.map((vector) => requestOf(Array.from(vector), condition, size, params));
  const answers = await client.queryBatch(name, { searches, timeout: SERVER_TIMEOUT_S });
  const pages = answers.map(
    async ({ points }, index) =>
      cut(points, size, 0, limit) ?? pageOf(client, name, Array.from(vectors[index]!), page, params),
  );
  return Promise.all(pages);
}

/**
 * @param recommendation one that `assertRecommendation` let pass
 * @throws POINT_NOT_FOUND
 */
export async function recommend(
  client: QdrantClient,
  name: string,
  { positive, negative = [], ...page }: Recommendation,
  params: Schemas['SearchParams'],
): Promise<ScoredPoint[]> {
  // Qdrant passes over the id of no point, and finds what the others are like.
  const ids = exampleIds({ positive, negative, ...page });
  if (ids.length > 0) {
    const request = { ids, with_payload: false, with_vector: false, timeout: SERVER_TIMEOUT_S };
    const found = new Set((await client.retrieve(name, request)).map(({ id }) => id));
    const missing = ids.find((id) => !found.has(id));
    if (missing !== undefined) throw pointNotFound(missing);
  }
  const recommend = {
    positive: positive.map(toInput),
    ...(negative.length > 0 && { negative: negative.map(toInput) }),
    strategy: 'average_vector',
  } as const;
  return pageOf(client, name, { recommend }, page, params);
}

function toInput(example: Example): Schemas['VectorInput'] {
  return typeof example === 'string' ? example : Array.from(example);
}

/**
 * One page, ties by id ascending. Qdrant leaves the order of equals open, and which of them it leaves out, so a page is
 * cut from all that are better and all that are equal to its last: the answer grows until it ends below that score.
 */
async function pageOf(
  client: QdrantClient,
  name: string,
  query: Schemas['QueryInterface'],
  { filter, limit, offset = 0 }: Omit<VectorQuery, 'vector'>,
  params: Schemas['SearchParams'],
): Promise<ScoredPoint[]> {
  const condition = filter ? toQdrant(filter) : true;
  if (condition === false || limit === 0) return [];
  const end = offset + limit;
  const most = end > MAX_UNCOUNTED ? await count(client, name, filter) : Infinity;
  if (offset >= most) return [];
  for (let size = Math.min(end + TIE_MARGIN, most + 1); ; size *= 4) {
    const request = requestOf(query, condition, size, params);
    const { points } = await client.query(name, { ...request, timeout: SERVER_TIMEOUT_S });
    const page = cut(points, size, offset, end);
    if (page) return page;
  }
}

function requestOf(
  query: Schemas['QueryInterface'],
  condition: Schemas['Filter'] | true,
  size: number,
  params: Schemas['SearchParams'],
): Schemas['QueryRequest'] {
  const filter = condition === true ? {} : { filter: condition };
  return { query, ...filter, params, limit: size, with_payload: false, with_vector: false };
}

/** Nothing where its last may have equals beyond what was answered to a request of that size. */
function cut(
  points: readonly Schemas['ScoredPoint'][],
  size: number,
  offset: number,
  end: number,
): ScoredPoint[] | undefined {
  const found = points.map(({ id, score }) => ({ id: String(id), score })).sort(compare);
  const isDecided = found.length < size || found[end - 1]?.score !== found.at(-1)!.score;
  return isDecided ? found.slice(offset, end) : undefined;
}

/** Exact. */
export async function count(client: QdrantClient, name: string, filter?: Filter): Promise<number> {
  const condition = filter ? toQdrant(filter) : true;
  if (condition === false) return 0;
  const result = await client.count(name, {
    ...(condition !== true && { filter: condition }),
    exact: true,
    timeout: SERVER_TIMEOUT_S,
  });
  return result.count;
}

function compare(a: ScoredPoint, b: ScoredPoint): number {
  return b.score - a.score || (a.id < b.id ? -1 : 1);
}
