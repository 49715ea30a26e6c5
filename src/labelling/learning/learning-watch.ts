import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CHANGED_SINCE } from './changed-decisions.js';
import { LEAST_CORRECTIONS } from './cross-validate.js';
import { teaches } from './human-decisions.js';
import type { LearningService } from './learning.service.js';
import type { AutomaticClassifications } from '../automatic-classifications.js';
import { Prisma, type PrismaClient } from '../../database/database.js';
import { AfterimageError, type ErrorCode } from '../../errors.js';

/** So often at most a set is trained anew while people label. */
const POLL_MS = 5_000;
/** Of the time, for what looking and learning may take at most. */
const SHARE = 1 / 10;
/** What says nothing of the set. */
const LATER: ReadonlySet<ErrorCode> = new Set(['BACKLOG_FULL', 'SHUTTING_DOWN']);

/**
 * Trains label sets by itself where people have made, taken back or turned into others ten decisions since, and a tenth of
 * those before, where the set has become exclusive or is so no more, or where the active model has changed. A decision
 * counts once its picture has an embedding of the active model. What was taught by so many that do not stand any more
 * answers no more. Automatic sets for which another head answers by then classify their libraries anew.
 */
export class LearningWatch {
  readonly #stopping = new AbortController();
  /** Decisions, and what had changed, when a training of a set that is due failed: it is tried again when there are others. */
  readonly #failed = new Map<string, string>();
  #watching: Promise<void> | undefined;

  constructor(
    private readonly prisma: PrismaClient,
    private readonly learning: LearningService,
    private readonly classifications: AutomaticClassifications,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.#watching = this.#watch();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    let tookMs = 0;
    for (;;) {
      await sleep(Math.max(POLL_MS, tookMs / SHARE), undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      const beganAt = Date.now();
      try {
        await this.#retireOutdated();
        const due = await this.#due();
        const ids = new Set(due.map(({ id }) => id));
        for (const id of this.#failed.keys()) if (!ids.has(id)) this.#failed.delete(id);
        for (const set of due) if (!signal.aborted) await this.#train(set);
        if (!signal.aborted) await this.classifications.begin();
      } catch (error) {
        this.log.error({ err: error }, 'the label sets could not be looked after');
      }
      tookMs = Date.now() - beganAt;
    }
  }

  async #train({ id, libraryId, decisions, changes, modelId, newest }: DueSet): Promise<void> {
    const tried = `${decisions} ${changes}`;
    if (this.#failed.get(id) === tried) return;
    try {
      const viewer = { libraryId, role: 'LABELLER', keyId: null } as const;
      const { version, state } = await this.learning.train(viewer, id, { modelId, version: newest });
      this.#failed.delete(id);
      this.log.info({ labelSetId: id, version, state, decisions }, 'a label set has learned');
    } catch (error) {
      if (error instanceof AfterimageError && LATER.has(error.code)) return;
      this.#failed.set(id, tried);
      this.log.warn({ err: error, labelSetId: id }, 'a label set could not learn');
    }
  }

  /**
   * Retires heads that answer by what does not stand any more: ten decisions, and a tenth of those that taught them. By the
   * history, since decisions may also be fewer because an archive is still coming in.
   */
  async #retireOutdated(): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE "label_head" AS "head" SET "state" = 'RETIRED', "activated_at" = NULL
      WHERE "head"."state" = 'ACTIVE'
        AND greatest(${LEAST_CORRECTIONS}, "decisions" / 10) <= (SELECT "gone" FROM (${CHANGED_SINCE}) AS "changed")`;
  }

  /** What is gone since the last training counts, and what there is beside what is left of the decisions then. */
  #due(): Promise<DueSet[]> {
    return this.prisma.$queryRaw<DueSet[]>`
      SELECT "set"."id", "set"."library_id" AS "libraryId", "decided"."count" AS "decisions", "model"."id" AS "modelId",
        coalesce("head"."version", 0) AS "newest", "change"."count" AS "changes"
      FROM "label_set" AS "set" JOIN "model" ON "model"."state" = 'ACTIVE' CROSS JOIN LATERAL (
        SELECT count(*)::int AS "count"
        FROM "label" JOIN "asset_label" ON "label_id" = "label"."id" JOIN "embedding" USING ("asset_id")
        WHERE "label_set_id" = "set"."id" AND "label"."deleted_at" IS NULL
          AND ${teaches('asset_label', Prisma.sql`"set"."is_exclusive"`)}
          AND "embedding"."model_id" = "model"."id" AND "failure_code" IS NULL) AS "decided"
      LEFT JOIN LATERAL (
        SELECT "library_id", "label_set_id", "model_id", "read_at", "decisions", "version", "is_exclusive",
          "state" = 'RETIRED' AND "activated_at" IS NULL AS "is_undone"
        FROM "label_head" WHERE "label_set_id" = "set"."id" AND "model_id" = "model"."id" ORDER BY "version" DESC LIMIT 1) AS "head" ON true
      CROSS JOIN LATERAL (${CHANGED_SINCE}) AS "changed"
      CROSS JOIN LATERAL (
        SELECT "gone" + abs("decided"."count" - coalesce("head"."decisions", 0) + "gone" - "turned") AS "count") AS "change"
      WHERE "set"."deleted_at" IS NULL AND "decided"."count" >= ${LEAST_CORRECTIONS} AND ("head"."version" IS NULL
        OR "head"."is_undone" OR "head"."is_exclusive" <> "set"."is_exclusive"
        OR "change"."count" >= greatest(${LEAST_CORRECTIONS}, "head"."decisions" / 10))`;
  }
}

interface DueSet {
  readonly id: string;
  readonly libraryId: string;
  readonly decisions: number;
  /** Decisions that were made, taken back or turned into others since the last training. */
  readonly changes: number;
  /** The active one. */
  readonly modelId: string;
  /** Version of it; 0 for none. */
  readonly newest: number;
}
