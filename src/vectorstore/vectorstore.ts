/**
 * Where embeddings live. The store is derived data: Postgres is the truth, and a store can be dropped and rebuilt.
 * Every adapter passes the one contract suite in `test/contract/vectorstore.contract.ts`.
 */
export interface VectorStore {
  /**
   * Opens the collection of that name, creating it (and the indexes of its payload fields) when it is not there. One that
   * lacks payload fields is given them, and its points have no value of them until they are written: null, or an empty set.
   * @throws VECTOR_COLLECTION_MISMATCH when a collection of that name has another dimension, fields that are not asked for
   *   or of another type, or is open with fewer fields
   */
  openCollection(spec: CollectionSpec): Promise<VectorCollection>;
  hasCollection(name: string): Promise<boolean>;
  /** Removes a collection and everything in it; does nothing when it is not there. */
  dropCollection(name: string): Promise<void>;
  /** Resolves when the store answers. @throws VECTOR_STORE_FAILED */
  ping(): Promise<void>;
  /** Waits for writes and maintenance under way, then releases the store. */
  close(): Promise<void>;
}

export interface CollectionSpec {
  /** Letters, digits, `_`, `-` and `.` only. */
  readonly name: string;
  /** Length of every vector. */
  readonly dimension: number;
  readonly payload: PayloadSchema;
}

/** keyword: one string. keywords: a set of strings. number: float64; dates are epoch milliseconds. */
export type PayloadFieldType = 'keyword' | 'keywords' | 'number' | 'boolean';
export type PayloadSchema = Readonly<Record<string, PayloadFieldType>>;
/** A value for every field of the schema; null is allowed for every type but `keywords`, which may be empty. */
export type Payload = Readonly<Record<string, string | readonly string[] | number | boolean | null>>;

export interface Point {
  /** A UUID. */
  readonly id: string;
  /** L2-normalised, as long as the collection's dimension. */
  readonly vector: Float32Array;
  readonly payload: Payload;
}

export interface ScoredPoint {
  readonly id: string;
  /** Cosine similarity, -1 to 1, higher is closer. */
  readonly score: number;
}

export interface VectorQuery {
  /** L2-normalised, as long as the collection's dimension. */
  readonly vector: Float32Array;
  readonly filter?: Filter;
  readonly limit: number;
  /** How many of the best to leave out; 0 by default. */
  readonly offset?: number;
}

/** A point that is there, by its id, or an L2-normalised vector as long as the collection's dimension. */
export type Example = string | Float32Array;

export interface Recommendation {
  /** At least one. */
  readonly positive: readonly Example[];
  readonly negative?: readonly Example[];
  readonly filter?: Filter;
  readonly limit: number;
  /** How many of the best to leave out; 0 by default. */
  readonly offset?: number;
}

/**
 * A condition on points, evaluated by the store itself, so that a page is full whenever enough points match.
 * A null value matches no condition on its field (and so does match its `not`). An empty `and` matches everything;
 * an empty `or`, `in`, `hasAny` or `ids` matches nothing; an empty `hasAll` matches everything.
 */
export type Filter =
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter }
  | { readonly ids: readonly string[] }
  | { readonly field: string; readonly in: readonly (string | number | boolean)[] }
  /** Both ends included. */
  | { readonly field: string; readonly gte?: number; readonly lte?: number }
  | { readonly field: string; readonly hasAny: readonly string[] }
  | { readonly field: string; readonly hasAll: readonly string[] }
  /** Whether a list has nothing in it. */
  | { readonly field: string; readonly isEmpty: boolean };

export interface VectorCollection {
  readonly spec: CollectionSpec;
  /**
   * Writes points, replacing those of the same id; the last one wins where an id comes twice. When it resolves, the
   * points are durable and every later query sees them. Safe to repeat.
   * @throws TENSOR_INVALID for a vector of another length or with a value that is not finite
   */
  upsert(points: readonly Point[]): Promise<void>;
  /** Replaces the payloads of points that are there, leaving their vectors; other ids are passed over. */
  setPayload(changes: readonly { readonly id: string; readonly payload: Payload }[]): Promise<void>;
  /** Removes points; ids that are not there are passed over. */
  delete(ids: readonly string[]): Promise<void>;
  /** Removes all points that match, of those written by earlier calls. */
  deleteMatching(filter: Filter): Promise<void>;
  /** The points of these ids that are there, in no particular order. */
  get(ids: readonly string[]): Promise<Point[]>;
  /** The best matches, best first, ties by id ascending. */
  query(query: VectorQuery): Promise<ScoredPoint[]>;
  /** What `query` finds for each of these vectors, in their order: stores take far less for several at a time. */
  queryEach(vectors: readonly Float32Array[], page: Omit<VectorQuery, 'vector' | 'offset'>): Promise<ScoredPoint[][]>;
  /**
   * The best matches for examples: nearest to mean(positive), or to 2 mean(positive) - mean(negative) where there are
   * negative ones, made a unit vector; the score is the cosine with that. Points that are examples by their id are not
   * among the results. Examples that cancel out leave no direction: every score is then 0.
   * @throws POINT_NOT_FOUND when an example is the id of no point
   */
  recommend(recommendation: Recommendation): Promise<ScoredPoint[]>;
  /** Exact number of points that match. */
  count(filter?: Filter): Promise<number>;
  /** Every id in the collection, in batches, without holding them all. */
  scrollIds(): AsyncIterable<string[]>;
}
