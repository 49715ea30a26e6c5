import { lockModels, switchTo } from './model-rows.js';
import { collectionOf } from '../assets/asset-index.js';
import type { ServedModels } from '../assets/served-models.js';
import type { Prisma, PrismaClient } from '../database/database.js';
import type { Notices } from '../database/notices.js';
import type { Model } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { isModelId } from '../inference/model-manifest.js';
import type { VectorStore } from '../vectorstore/vectorstore.js';

export const MODELS_TOPIC = 'models';

/** Which model answers, and how that changes. All of it is rows: whoever is killed in between has changed nothing. */
export class ModelChanges {
  readonly #drops = new Map<string, Promise<void>>();

  constructor(
    private readonly prisma: PrismaClient,
    private readonly models: ServedModels,
    private readonly vectors: VectorStore,
    private readonly notices: Notices,
  ) {}

  /**
   * Begins to make embeddings of every asset by this model, which then becomes the one that answers. One that is complete
   * already, because it was active before, answers at once.
   * @throws MODEL_NOT_FOUND, MODEL_DAMAGED, MODEL_INVALID, MODEL_CHANGE_UNDER_WAY
   */
  async begin(id: string): Promise<Model> {
    // What is asked for over the network never reaches outside the folder of the models.
    if (!isModelId(id)) throw new AfterimageError('MODEL_NOT_FOUND', expected('the id of a model', 'id', id));
    const before = await this.prisma.model.findMany();
    requireNoOther(before, id);
    // A model that does not run is refused before anything depends on it.
    const isKnown = before.some((row) => row.id === id);
    const dimension = isKnown ? (await this.models.load(id)).manifest.dimension : await this.models.check(id);
    return this.#change(async (transaction, rows) => {
      const known = rows.find((row) => row.id === id);
      if (known?.state === 'ACTIVE' || known?.state === 'BUILDING') return;
      requireNoOther(rows, id);
      if (known?.completedAt) return switchTo(transaction, id);
      const data = { state: 'BUILDING', dimension, enqueuedUpTo: null, startedAt: new Date() } as const;
      await transaction.model.upsert({ where: { id }, create: { id, ...data }, update: data });
    }, id);
  }

  /** Gives a change up; what it had made is removed. @throws MODEL_UNKNOWN when there is none under way */
  async cancel(): Promise<Model> {
    const cancelled = await this.#change(async (transaction, rows) => {
      const building = rows.find(({ state }) => state === 'BUILDING');
      if (!building)
        throw new AfterimageError('MODEL_UNKNOWN', 'expected a change of the model that is under way, received none');
      // One that was active before, and is only brought up to date, is worth keeping.
      const state = building.activatedAt ? 'STANDBY' : 'DROPPING';
      await transaction.model.update({ where: { id: building.id }, data: { state } });
      return building.id;
    });
    if (cancelled.state === 'DROPPING') await this.finishDrop(cancelled.id);
    return cancelled;
  }

  /**
   * Has the model answer again that did before, at once.
   * @throws MODEL_UNKNOWN when there is none, MODEL_INCOMPLETE while it lacks embeddings, MODEL_NOT_FOUND, MODEL_DAMAGED,
   *   MODEL_INVALID when it cannot be loaded, MODEL_CHANGE_UNDER_WAY when another one became it meanwhile
   */
  async rollBack(): Promise<Model> {
    const { id } = formerOf(await this.prisma.model.findMany());
    // One that does not run would take the searches of every process with it, and their next start.
    await this.models.load(id);
    return this.#change(async (transaction, rows) => {
      if (formerOf(rows).id !== id) throw underWay(id, 'one of which model answers');
      await switchTo(transaction, id);
    }, id);
  }

  /**
   * Removes a model that stands by, with its embeddings.
   * @throws MODEL_UNKNOWN, MODEL_IN_USE for the one that answers or is being built
   */
  async drop(id: string): Promise<Model> {
    const dropped = await this.#change(async (transaction, rows) => {
      const row = rows.find((each) => each.id === id);
      if (!row) throw new AfterimageError('MODEL_UNKNOWN', expected('a model of this library', 'id', id));
      if (row.state === 'ACTIVE' || row.state === 'BUILDING')
        throw new AfterimageError('MODEL_IN_USE', expected('a model that stands by', 'id', `${id} (${row.state})`));
      await transaction.model.update({ where: { id }, data: { state: 'DROPPING' } });
    }, id);
    await this.finishDrop(id);
    return dropped;
  }

  /** The collection before its row: whoever is interrupted in between leaves a row that says what to remove. */
  finishDrop(id: string): Promise<void> {
    let drop = this.#drops.get(id);
    if (!drop) {
      // Once for all who ask: a second one might remove what is made anew after the first.
      drop = this.#drop(id).finally(() => this.#drops.delete(id));
      this.#drops.set(id, drop);
    }
    return drop;
  }

  async #drop(id: string): Promise<void> {
    if ((await this.prisma.model.count({ where: { id, state: 'DROPPING' } })) === 0) return;
    await this.vectors.dropCollection(collectionOf(id));
    await this.models.forget(id);
    await this.prisma.model.deleteMany({ where: { id, state: 'DROPPING' } });
    this.announce();
  }

  /** To be called when rows of models have changed. */
  announce(): void {
    this.notices.send(MODELS_TOPIC, '');
  }

  /** Changes the rows while nobody else does. @returns the row that it is about */
  async #change(
    act: (transaction: Prisma.TransactionClient, rows: readonly Model[]) => Promise<string | void>,
    about?: string,
  ): Promise<Model> {
    const row = await this.prisma.$transaction(async (transaction) => {
      const id = (await act(transaction, await lockModels(transaction))) ?? about!;
      return transaction.model.findUniqueOrThrow({ where: { id } });
    });
    this.announce();
    return row;
  }
}

/** The one that answered before the one that does. @throws MODEL_UNKNOWN, MODEL_INCOMPLETE */
function formerOf(rows: readonly Model[]): Model {
  const [former] = rows
    .filter(({ state, activatedAt }) => state === 'STANDBY' && activatedAt)
    .sort((a, b) => b.activatedAt!.getTime() - a.activatedAt!.getTime());
  if (!former) throw new AfterimageError('MODEL_UNKNOWN', 'expected a model that was active before, received none');
  if (!former.completedAt)
    throw new AfterimageError('MODEL_INCOMPLETE', expected('a model that is complete', 'the one before', former.id));
  return former;
}

/** @throws MODEL_CHANGE_UNDER_WAY */
function requireNoOther(rows: readonly Model[], id: string): void {
  const other = rows.find((row) => (row.id === id ? row.state === 'DROPPING' : row.state === 'BUILDING'));
  if (other) throw underWay(id, other.id === id ? 'the drop of that model' : `that to ${other.id}`);
}

function underWay(id: string, received: string): AfterimageError {
  const message = `expected no other change before that to ${id}, received ${received}`;
  return new AfterimageError('MODEL_CHANGE_UNDER_WAY', message);
}
