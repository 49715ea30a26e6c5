import type { QdrantClient, Schemas } from '@qdrant/js-client-rest';
import { assertFilter, assertQueries, assertQuery, assertRecommendation, isId } from './point-rules.js';
import { SERVER_TIMEOUT_S } from './qdrant.client.js';
import { qdrant } from './qdrant.failure.js';
import { fromRecord } from './qdrant.points.js';
import { count, recommend, search, searchEach } from './qdrant.search.js';
import { write } from './qdrant.writes.js';
import { QueuedCollection, type Row, type Write } from './queued-collection.js';
import type {
  CollectionSpec,
  Filter,
  Point,
  Recommendation,
  ScoredPoint,
  VectorCollection,
  VectorQuery,
} from './vectorstore.js';

// 256 vectors of 1,152 are 6 MB of JSON; Qdrant takes 32 MB.
const MAX_POINTS_PER_REQUEST = 256;
const IDS_PER_PAGE = 5_000;

/** One collection, reached by its alias. The writes of this process go through one queue. */
export class QdrantCollection extends QueuedCollection implements VectorCollection {
  /** @param alias its name on the server */
  constructor(
    spec: CollectionSpec,
    private readonly alias: string,
    private readonly client: QdrantClient,
    private readonly params: Schemas['SearchParams'],
  ) {
    super(spec, MAX_POINTS_PER_REQUEST);
  }

  async get(ids: readonly string[]): Promise<Point[]> {
    const unique = [...new Set(ids)].filter(isId);
    const points: Point[] = [];
    for (let start = 0; start < unique.length; start += MAX_POINTS_PER_REQUEST) {
      const records = await this.#read('read points', () =>
        this.client.retrieve(this.alias, {
          ids: unique.slice(start, start + MAX_POINTS_PER_REQUEST),
          with_payload: true,
          with_vector: true,
          timeout: SERVER_TIMEOUT_S,
        }),
      );
      points.push(...records.map((record) => fromRecord(record, this.spec)));
    }
    return points;
  }

  async query(query: VectorQuery): Promise<ScoredPoint[]> {
    assertQuery(query, this.spec);
    return this.#read('search', () => search(this.client, this.alias, query, this.params));
  }

  async queryEach(vectors: readonly Float32Array[], page: Omit<VectorQuery, 'vector' | 'offset'>) {
    assertQueries(vectors, page, this.spec);
    return this.#read('search', () => searchEach(this.client, this.alias, vectors, page, this.params));
  }

  async recommend(recommendation: Recommendation): Promise<ScoredPoint[]> {
    assertRecommendation(recommendation, this.spec);
    return this.#read('recommend', () => recommend(this.client, this.alias, recommendation, this.params));
  }

  async count(filter?: Filter): Promise<number> {
    if (filter) assertFilter(filter, this.spec.payload);
    return this.#read('count points', () => count(this.client, this.alias, filter));
  }

  /** By id, so that what is written meanwhile neither repeats nor hides what is there. */
  async *scrollIds(): AsyncIterable<string[]> {
    let offset: Schemas['ScrollResult']['next_page_offset'];
    do {
      const page = await this.#read('list ids', () =>
        this.client.scroll(this.alias, {
          limit: IDS_PER_PAGE,
          ...(offset && { offset }),
          with_payload: false,
          with_vector: false,
          timeout: SERVER_TIMEOUT_S,
        }),
      );
      if (page.points.length > 0) yield page.points.map(({ id }) => String(id));
      offset = page.next_page_offset;
    } while (offset);
  }

  protected override commit(kind: Write, rows: readonly Row[]): Promise<void> {
    return qdrant(`do a write (${kind})`, () => write(this.client, this.alias, kind, rows));
  }

  protected override async release(): Promise<void> {
    // The client keeps nothing open.
  }

  #read<Result>(purpose: string, run: () => Promise<Result>): Promise<Result> {
    this.assertOpen();
    return qdrant(purpose, run);
  }
}
