import { AfterimageError } from '../errors.js';
import { GroupCommit } from './group-commit.js';
import { assertFilter, assertId, assertPayload, assertPoint, isId } from './point-rules.js';
import type { CollectionSpec, Filter, Payload, Point } from './vectorstore.js';

export type Write = 'upsert' | 'setPayload' | 'delete' | 'deleteMatching';
/** A filter has itself for an id, so that the queue keeps it once. */
export type Row = { readonly id: string; readonly filter?: Filter } & Partial<Point>;

/** What the collections of every store do alike: check what they are given, queue their writes, close once. */
export abstract class QueuedCollection<Other extends string = never> {
  readonly #writes: GroupCommit<Write | Other, Row>;
  #closing: Promise<void> | undefined;

  constructor(
    readonly spec: CollectionSpec,
    maxRowsPerWrite: number,
  ) {
    this.#writes = new GroupCommit((kind, rows) => this.commit(kind, rows), maxRowsPerWrite);
  }

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

  async delete(ids: readonly string[]): Promise<void> {
    const rows = ids.filter(isId).map((id) => ({ id }));
    await this.#write('delete', rows);
  }

  async deleteMatching(filter: Filter): Promise<void> {
    assertFilter(filter, this.spec.payload);
    await this.#write('deleteMatching', [{ id: JSON.stringify(filter), filter }]);
  }

  close(): Promise<void> {
    this.#closing ??= this.#writes.settled().then(() => this.release());
    return this.#closing;
  }

  /**
   * Does one write.
   * @param rows points, changes, ids or filters, as `kind` asks for; no id comes twice
   */
  protected abstract commit(kind: Write | Other, rows: readonly Row[]): Promise<void>;

  /** Gives back what the collection holds, when nothing is being written any more. */
  protected abstract release(): Promise<void>;

  /** Does something else in its turn, while nothing is being written. */
  protected exclusive(kind: Other): Promise<void> {
    return this.#writes.exclusive(kind);
  }

  protected assertOpen(): void {
    if (this.#closing)
      throw new AfterimageError('SHUTTING_DOWN', `expected an open collection, received ${this.spec.name} closed`);
  }

  async #write(kind: Write, rows: readonly Row[]): Promise<void> {
    this.assertOpen();
    await this.#writes.write(kind, rows);
  }
}
