import type { Logger } from 'pino';
import type { EmbeddingFeeder } from './embedding-feeder.js';
import { isEmbeddableWithout } from './embeddable.js';
import { MODELS_TOPIC, type ModelChanges } from './model-changes.js';
import type { ModelProgress, ModelProgresses } from './model-progress.js';
import type { ServedModels } from '../assets/served-models.js';
import type { Prisma, PrismaClient } from '../database/database.js';
import type { Model } from '../database/generated/client.js';
import type { Notices } from '../database/notices.js';
import { Alarm } from '../jobs/alarm.js';

/** A notice may be missed. */
const POLL_MS = 2_000;
/** While a model is completed. */
const BUSY_POLL_MS = 250;

export interface WatchOptions {
  /** Whether this process runs jobs: then it also has them enqueued, and finishes what others began to drop. */
  readonly isWorker: boolean;
  /** Called with each model of which something is different. */
  readonly onChanged: (model: ModelProgress) => void;
}

/**
 * Follows in one process which models there are: loads the encoders that will be needed before they are, and closes those
 * that no longer are. What a question depends on it asks of Postgres itself, so that nothing goes wrong when this is late.
 */
export class ModelWatch {
  readonly #alarm = new Alarm();
  readonly #stopping = new AbortController();
  /** Models that are not complete, and whose encoders cannot be loaded here. */
  readonly #unloadable = new Set<string>();
  readonly #reported = new Map<string, string>();
  /** As of the last look. */
  #rows = '';
  #told: Map<string, string> | undefined;
  #watching: Promise<void> | undefined;

  constructor(
    private readonly prisma: PrismaClient,
    private readonly models: ServedModels,
    private readonly feeder: EmbeddingFeeder,
    private readonly changes: ModelChanges,
    private readonly progresses: ModelProgresses,
    private readonly log: Logger,
    private readonly options: WatchOptions,
  ) {}

  start(notices: Notices): void {
    notices.listen(MODELS_TOPIC, () => this.#alarm.ring());
    this.#watching = this.#watch();
  }

  /** The condition on "next", a job of the background, that it is for this process: what it cannot do it leaves to others. */
  get isForThis(): Prisma.Sql {
    return isEmbeddableWithout([...this.#unloadable]);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#alarm.ring();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#alarm.reset();
      const beganAt = Date.now();
      let isBusy = false;
      try {
        isBusy = await this.#look();
      } catch (error) {
        this.log.error({ err: error }, 'the models could not be looked after');
      }
      // Counting takes its time in a large library: it must not be all that Postgres does.
      const tookMs = Date.now() - beganAt;
      await this.#alarm.wait(Math.max(isBusy ? BUSY_POLL_MS : POLL_MS, 5 * tookMs));
    }
  }

  /** @returns whether there is something to come back for soon */
  async #look(): Promise<boolean> {
    const rows = await this.prisma.model.findMany();
    await this.models.tidy(rows);
    for (const row of rows) await this.#prepare(row);
    const { isWorker } = this.options;
    if (isWorker) for (const { id, state } of rows) if (state === 'DROPPING') await this.changes.finishDrop(id);
    const isBusy = rows.some(
      ({ id, state, completedAt }) => !completedAt && state !== 'DROPPING' && !this.#unloadable.has(id),
    );
    const isCompleted = isWorker && isBusy && (await this.feeder.feed(this.#unloadable));
    if (isCompleted) this.changes.announce();
    // Others may get on with a change that this process cannot help. One that only stands by may lack its files for ever.
    await this.#tell(rows, isBusy || rows.some(({ state }) => state === 'BUILDING'));
    return isBusy && !isCompleted;
  }

  async #prepare({ id, state, completedAt }: Model): Promise<void> {
    const isNeeded = state === 'ACTIVE' || state === 'BUILDING' || (state === 'STANDBY' && !completedAt);
    if (!isNeeded || completedAt) this.#unloadable.delete(id);
    if (!isNeeded) return;
    try {
      await this.models.load(id);
      // Not before: meanwhile this process would take jobs, and use up their tries.
      this.#unloadable.delete(id);
      this.#reported.delete(id);
    } catch (error) {
      if (!completedAt) this.#unloadable.add(id);
      const { message } = error as Error;
      if (this.#reported.get(id) !== message)
        this.log.error({ err: error, modelId: id }, 'this process cannot load a model that the library uses');
      this.#reported.set(id, message);
    }
  }

  async #tell(rows: readonly Model[], isUnderWay: boolean): Promise<void> {
    const before = this.#told;
    const isSame = JSON.stringify(rows) === this.#rows;
    this.#rows = JSON.stringify(rows);
    if (isSame && !isUnderWay) return;
    const progresses = await this.progresses.list();
    this.#told = new Map(progresses.map((model) => [model.id, JSON.stringify(model)]));
    for (const model of progresses)
      if (before && before.get(model.id) !== this.#told.get(model.id)) this.options.onChanged(model);
  }
}
