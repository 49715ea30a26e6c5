import type { QdrantClient, Schemas } from '@qdrant/js-client-rest';
import { AfterimageError } from '../errors.js';
import { GroupCommit } from './group-commit.js';
import {
  assertFilter,
  assertId,
  assertPayload,
  assertPoint,
  assertQuery,
  assertRecommendation,
  isId,
} from './point-rules.js';
import { SERVER_TIMEOUT_S } from './qdrant.client.js';
import { qdrant } from './qdrant.failure.js';
import { fromRecord } from './qdrant.points.js';
import { count, recommend, search } from './qdrant.search.js';
import { write, type Row, type Write } from './qdrant.writes.js';
import type {
  CollectionSpec,
  Filter,
  Payload,
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
export class QdrantCollection implements VectorCollection {
  readonly #writes = new GroupCommit<Write, Row>((kind, rows) => this.#commit(kind, rows), MAX_POINTS_PER_REQUEST);
  #isClosed = false;

  /** @param alias its name on the server */
  constructor(
    readonly spec: CollectionSpec,
    private readonly alias: string,
    private readonly client: QdrantClient,
    private readonly params: Schemas['SearchParams'],
  ) {}

  async upsert(points: readonly Point[]): Promise<void> {
    for (const point of points) assertPoint(point, this.spec);
    await this.#write('upsert', points);
  }

  async setPayload(changes: readonly { readonly id: string; readonly payload: Payload }[]): Promise<void> {
    for (const { id, payload } of changes) {
      assertId(id);
      assertPayload(payload, this.spec.payload);
    }
    await this.#write('setPayload', changes);
  }

  delete(ids: readonly string[]): Promise<void> {
    const rows = ids.filter(isId).map((id) => ({ id }));
    return this.#write('delete', rows);
  }

  async deleteMatching(filter: Filter): Promise<void> {
    assertFilter(filter, this.spec.payload);
    await this.#write('deleteMatching', [{ id: JSON.stringify(filter), filter }]);
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

  /** Waits for the writes under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writes.settled();
  }

  async #write(kind: Write, rows: readonly Row[]): Promise<void> {
    this.#assertOpen();
    await this.#writes.write(kind, rows);
  }

  #read<Result>(purpose: string, run: () => Promise<Result>): Promise<Result> {
    this.#assertOpen();
    return qdrant(purpose, run);
  }

  #commit(kind: Write, rows: readonly Row[]): Promise<void> {
    return qdrant(`do a write (${kind})`, () => write(this.client, this.alias, kind, rows));
  }

  #assertOpen(): void {
    if (this.#isClosed)
      throw new AfterimageError('SHUTTING_DOWN', `expected an open collection, received ${this.spec.name} closed`);
  }
}
