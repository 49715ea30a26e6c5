import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { LEAST_CORRECTIONS } from './cross-validate.js';
import type { LearningService } from './learning.service.js';
import type { PrismaClient } from '../../database/database.js';
import { AfterimageError, type ErrorCode } from '../../errors.js';

/** So often at most a set is trained anew while people label. */
const POLL_MS = 5_000;
/** Of the time, for what looking and learning may take at most. */
const SHARE = 1 / 10;
/** What says nothing of the set. */
const LATER: ReadonlySet<ErrorCode> = new Set(['BACKLOG_FULL', 'SHUTTING_DOWN']);

/**
 * Trains label sets by itself where people have made or taken back ten decisions since, and a tenth of those before, where
 * the set has become exclusive or is so no more, or where the active model has changed. A decision counts once its picture
 * has an embedding of the active model. What was taught by decisions that are so taken back answers no more.
 */
export class LearningWatch {
  readonly #stopping = new AbortController();
  /** Decisions that counted when a training failed: it is tried again when there are others. */
  readonly #failed = new Map<string, number>();
  #watching: Promise<void> | undefined;

  constructor(
    private readonly prisma: PrismaClient,
    private readonly learning: LearningService,
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
        await this.#retireUndone();
        for (const set of await this.#due()) if (!signal.aborted) await this.#train(set);
      } catch (error) {
        this.log.error({ err: error }, 'the label sets could not be looked after');
      }
      tookMs = Date.now() - beganAt;
    }
  }

  async #train({ id, libraryId, decisions, modelId, newest }: DueSet): Promise<void> {
    if (this.#failed.get(id) === decisions) return;
    try {
      const viewer = { libraryId, role: 'LABELLER', keyId: null } as const;
      const { version, state } = await this.learning.train(viewer, id, { modelId, version: newest });
      this.#failed.delete(id);
      this.log.info({ labelSetId: id, version, state, decisions }, 'a label set has learned');
    } catch (error) {
      if (error instanceof AfterimageError && LATER.has(error.code)) return;
      this.#failed.set(id, decisions);
      this.log.warn({ err: error, labelSetId: id }, 'a label set could not learn');
    }
  }

  /**
   * Retires heads that answer by what people have taken back since: ten decisions, and a tenth of those that taught them.
   * By the history, since decisions may also be fewer because an archive is still coming in. What was decided only after
   * the head's decisions were read taught it nothing.
   */
  async #retireUndone(): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE "label_head" AS "head" SET "state" = 'RETIRED', "activated_at" = NULL
      WHERE "head"."state" = 'ACTIVE' AND greatest(${LEAST_CORRECTIONS}, "decisions" / 10) <= (
        SELECT count(DISTINCT ("event"."asset_id", "event"."label_id"))
        FROM "label_batch" AS "batch" JOIN "label_event" AS "event" ON "event"."batch_id" = "batch"."id"
          JOIN "label" ON "label"."id" = "event"."label_id"
        WHERE "batch"."library_id" = "head"."library_id" AND "batch"."kind" IN ('EDIT', 'UNDO')
          AND "batch"."created_at" >= "head"."read_at" AND "label"."label_set_id" = "head"."label_set_id"
          AND "label"."deleted_at" IS NULL AND "from_source" = 'HUMAN' AND "from_state" <> 'SUGGESTED'
          AND "event"."source" IS DISTINCT FROM 'HUMAN'
          AND NOT EXISTS (
            SELECT FROM "label_event" AS "earlier" WHERE "earlier"."label_id" = "event"."label_id"
              AND "earlier"."asset_id" = "event"."asset_id" AND "earlier"."revision" < "event"."revision"
              AND "earlier"."at" >= "head"."read_at" AND "earlier"."from_source" IS DISTINCT FROM 'HUMAN'))`;
  }

  #due(): Promise<DueSet[]> {
    return this.prisma.$queryRaw<DueSet[]>`
      SELECT "set"."id", "set"."library_id" AS "libraryId", "decided"."count" AS "decisions", "model"."id" AS "modelId",
        coalesce("last"."version", 0) AS "newest"
      FROM "label_set" AS "set" JOIN "model" ON "model"."state" = 'ACTIVE' CROSS JOIN LATERAL (
        SELECT count(*)::int AS "count"
        FROM "label" JOIN "asset_label" ON "label_id" = "label"."id" JOIN "embedding" USING ("asset_id")
        WHERE "label_set_id" = "set"."id" AND "label"."deleted_at" IS NULL AND "source" = 'HUMAN' AND "state" IN ('ACCEPTED', 'REJECTED')
          AND "embedding"."model_id" = "model"."id" AND "failure_code" IS NULL) AS "decided"
      LEFT JOIN LATERAL (
        SELECT "decisions", "version", "is_exclusive", "state" = 'RETIRED' AND "activated_at" IS NULL AS "is_undone"
        FROM "label_head" WHERE "label_set_id" = "set"."id" AND "model_id" = "model"."id" ORDER BY "version" DESC LIMIT 1) AS "last" ON true
      WHERE "set"."deleted_at" IS NULL AND "decided"."count" >= ${LEAST_CORRECTIONS} AND ("last"."decisions" IS NULL
        OR "last"."is_undone" OR "last"."is_exclusive" <> "set"."is_exclusive"
        OR abs("decided"."count" - "last"."decisions") >= greatest(${LEAST_CORRECTIONS}, "last"."decisions" / 10))`;
  }
}

interface DueSet {
  readonly id: string;
  readonly libraryId: string;
  readonly decisions: number;
  /** The active one. */
  readonly modelId: string;
  /** Version of it; 0 for none. */
  readonly newest: number;
}
