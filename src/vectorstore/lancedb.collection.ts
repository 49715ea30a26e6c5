import { isDeepStrictEqual } from 'node:util';
import type { Table } from '@lancedb/lancedb';
import { lanceDb, lanceDbRead, retryConflicts } from './lancedb.failure.js';
import { idsToSql, literal, toSql } from './lancedb.filter.js';
import type { FlatIndex } from './flat-index.js';
import { conditionCount } from './flat-index.filter.js';
import { CommonValues } from './lancedb.common-values.js';
import { LanceDbFiles } from './lancedb.files.js';
import type { LanceDbIndexes } from './lancedb.indexes.js';
import { LanceDbMaintenance } from './lancedb.maintenance.js';
import { KnownIds } from './known-ids.js';
import { changesToTable, idsOf, pointsToTable, tableToPoints } from './lancedb.rows.js';
import { allEqual, search, searchEach } from './lancedb.search.js';
import { SmallTable } from './lancedb.small-table.js';
import { assertFilter, assertQueries, assertQuery, assertRecommendation } from './point-rules.js';
import { QueuedCollection, type Row, type Write } from './queued-collection.js';
import { exampleIds, targetOf } from './recommendation.js';
import { loadOnce } from '../load-once.js';
import { timeSlices } from '../time-slices.js';
import type {
  CollectionSpec,
  Filter,
  Point,
  Recommendation,
  ScoredPoint,
  VectorCollection,
  VectorQuery,
} from './vectorstore.js';

// Building 500 rows of 384 holds the event loop for about 4 ms.
const MAX_ROWS_PER_WRITE = 500;
const MAX_IDS_PER_READ = 1_000;
const IDS_PER_PAGE = 5_000;
// Each looks at all points, which takes up to a millisecond; LanceDB does it in other threads.
const MAX_CONDITIONS_IN_MEMORY = 20;

/** One collection, one table. All its writes go through one queue. */
export class LanceDbCollection extends QueuedCollection<'maintain' | 'survey' | 'read'> implements VectorCollection {
  readonly #maintenance: LanceDbMaintenance;
  readonly #ids = loadOnce(() => this.#readIds());
  readonly #small: SmallTable;
  readonly #common: CommonValues;
  readonly #files: LanceDbFiles;

  constructor(
    spec: CollectionSpec,
    private readonly table: Table,
    private readonly indexes: LanceDbIndexes,
    folder: string,
    maxBytesInMemory: number,
  ) {
    super(spec, MAX_ROWS_PER_WRITE);
    this.#small = new SmallTable(table, spec, maxBytesInMemory);
    this.#common = new CommonValues(table, spec.payload);
    this.#files = new LanceDbFiles(folder);
    this.#maintenance = new LanceDbMaintenance(
      table,
      spec,
      indexes,
      folder,
      this.#files,
      () => this.tidy(),
      () => this.#small.points !== undefined,
    );
  }

  async get(ids: readonly string[]): Promise<Point[]> {
    const inMemory = this.#inMemory();
    if (inMemory) return inMemory.get(ids);
    const unique = [...new Set(ids)];
    const points: Point[] = [];
    for (let start = 0; start < unique.length; start += MAX_IDS_PER_READ) {
      const where = idsToSql(unique.slice(start, start + MAX_IDS_PER_READ));
      const rows = await this.#read('read points', () => this.table.query().where(where).toArrow());
      points.push(...tableToPoints(rows, this.spec.payload));
    }
    return points;
  }

  async query(query: VectorQuery): Promise<ScoredPoint[]> {
    assertQuery(query, this.spec);
    const inMemory = this.#inMemory(query.filter);
    if (inMemory) return inMemory.query(query);
    return this.#readWhere('search', query.filter, (filter) => search(this.table, { ...query, filter }));
  }

  async queryEach(vectors: readonly Float32Array[], page: Omit<VectorQuery, 'vector' | 'offset'>) {
    assertQueries(vectors, page, this.spec);
    const inMemory = this.#inMemory(page.filter);
    if (inMemory) return queryEachOf(inMemory, vectors, page);
    return this.#readWhere('search', page.filter, (filter) => searchEach(this.table, vectors, { ...page, filter }));
  }

  async recommend(recommendation: Recommendation): Promise<ScoredPoint[]> {
    assertRecommendation(recommendation, this.spec);
    const ids = exampleIds(recommendation);
    const found = new Map((await this.get(ids)).map(({ id, vector }) => [id, vector]));
    const vector = targetOf(recommendation, found);
    const others: Filter = { not: { ids } };
    const { filter, limit, offset } = recommendation;
    const query = { limit, offset: offset ?? 0, filter: filter ? { and: [others, filter] } : others };
    const inMemory = this.#inMemory(filter);
    if (inMemory) return vector ? inMemory.query({ ...query, vector }) : inMemory.allEqual(query);
    return this.#read('recommend', () =>
      vector ? search(this.table, { ...query, vector }) : allEqual(this.table, query),
    );
  }

  async count(filter?: Filter): Promise<number> {
    if (filter) assertFilter(filter, this.spec.payload);
    const inMemory = this.#inMemory(filter);
    if (inMemory) return inMemory.count(filter);
    return this.#read('count points', () => this.table.countRows(filter && toSql(filter)));
  }

  async *scrollIds(): AsyncIterable<string[]> {
    this.assertOpen();
    for await (const ids of this.#idPages()) {
      yield ids;
      this.assertOpen();
    }
  }

  /** By id, so that what is written meanwhile neither repeats nor hides what is there. */
  async *#idPages(): AsyncIterable<string[]> {
    for (let after = ''; ;) {
      const page = this.table
        .query()
        .where(`id > ${literal(after)}`)
        .select(['id'])
        .orderBy({ columnName: 'id' })
        .limit(IDS_PER_PAGE);
      const ids = idsOf(await lanceDbRead('list ids', () => this.#usingIndexes(() => page.toArrow())));
      if (ids.length === 0) return;
      yield ids;
      after = ids.at(-1)!;
    }
  }

  /** Brings indexes and files in order while no write is under way. */
  tidy(): Promise<void> {
    return this.exclusive('maintain');
  }

  /** Has reads answered from memory from now on, where the table is small. */
  async readIntoMemory(): Promise<void> {
    await this.exclusive('read').catch((error: unknown) => {
      // LanceDB answers, which takes longer, and says what it cannot read.
      process.emitWarning(`the points of ${this.spec.name} were not read: ${String(error)}`);
    });
  }

  protected override async commit(kind: Write | 'maintain' | 'survey' | 'read', rows: readonly Row[]): Promise<void> {
    if (kind === 'maintain') return this.#maintenance.run(true);
    if (kind === 'read') return this.#small.read();
    if (kind === 'survey') return this.#usingIndexes(() => this.#common.survey());
    this.#common.noteWrite(rows.flatMap(({ payload }) => (payload ? [payload] : [])));
    await lanceDb(`do a write (${kind})`, async () => {
      await this.#usingIndexes(() => retryConflicts(() => this.#apply(kind, rows)));
      await this.#files.sync();
    }).catch((error: unknown) => {
      this.#small.forget();
      throw error;
    });
    this.#small.noteWrite(kind, rows);
    this.#maintenance.noteCommit();
  }

  protected override async release(): Promise<void> {
    await this.#maintenance.close();
    this.#small.forget();
    this.table.close();
  }

  #read<Result>(purpose: string, run: () => Promise<Result>): Promise<Result> {
    this.assertOpen();
    return lanceDbRead(purpose, () => this.#usingIndexes(run));
  }

  /** Reads and writes go by them. */
  #usingIndexes<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.indexes.using(run, () => this.#maintenance.noteCommit());
  }

  /** What is kept in memory, for a read that does not hold the thread for long. */
  #inMemory(filter?: Filter): FlatIndex | undefined {
    this.assertOpen();
    if (filter && conditionCount(filter) > MAX_CONDITIONS_IN_MEMORY) return undefined;
    if (this.#small.isReadingDue()) void this.readIntoMemory();
    return this.#small.points;
  }

  /** Reads without the conditions that all rows meet; with all of them where rows have come meanwhile that do not. */
  async #readWhere<Result>(
    purpose: string,
    filter: Filter | undefined,
    read: (filter: Filter | undefined) => Promise<Result>,
  ): Promise<Result> {
    this.assertOpen();
    const least = this.#common.without(filter);
    this.#surveyNowAndThen();
    const found = await this.#read(purpose, () => read(least));
    return isDeepStrictEqual(this.#common.without(filter), least) ? found : this.#read(purpose, () => read(filter));
  }

  #surveyNowAndThen(): void {
    if (!this.#common.isSurveyDue()) return;
    this.exclusive('survey').catch((error: unknown) => {
      // What is not known to be met by all is asked, which only takes longer.
      process.emitWarning(`the fields of ${this.spec.name} were not looked at: ${String(error)}`);
    });
  }

  async #apply(kind: Write, rows: readonly Row[]): Promise<void> {
    if (kind === 'delete') {
      await this.table.delete(idsToSql(rows.map(({ id }) => id)));
      return;
    }
    if (kind === 'deleteMatching') {
      await this.table.delete(toSql({ or: rows.map(({ filter }) => filter!) }));
      return;
    }
    if (kind === 'setPayload') {
      // Columns that are not there keep their values, and the index of the vectors stays as it is.
      const changes = changesToTable(rows as readonly Point[], this.spec.payload);
      await this.#maintenance.changeFields(async () => {
        await this.table.mergeInsert('id').whenMatchedUpdateAll().execute(changes);
      });
      return;
    }
    const points = pointsToTable(rows as readonly Point[], this.spec);
    // Nothing else writes, so what is new now still is when it is added.
    const known = await this.#ids();
    const isNew = !rows.some(({ id }) => known.mayHave(id));
    // Before it is written: of a write that fails nobody knows whether it was done.
    for (const { id } of rows) known.add(id);
    if (isNew) await this.table.add(points);
    else await this.table.mergeInsert('id').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(points);
  }

  /** Read once, when something is to be written. */
  async #readIds(): Promise<KnownIds> {
    const known = new KnownIds();
    // Also while the collection closes, which what is to be written comes before.
    for await (const ids of this.#idPages()) for (const id of ids) known.add(id);
    return known;
  }
}

async function queryEachOf(points: FlatIndex, vectors: readonly Float32Array[], page: Omit<VectorQuery, 'vector'>) {
  const slice = timeSlices();
  const found: ScoredPoint[][] = [];
  for (const vector of vectors) {
    found.push(points.query({ ...page, vector }));
    await slice();
  }
  return found;
}
