import { isEmbeddableWithout } from './embeddable.js';
import { switchTo, lockModels } from './model-rows.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import type { Model } from '../database/generated/client.js';
import { BACKGROUND, type JobQueue } from '../jobs/job-queue.js';
import { hasUnfinishedJob } from '../jobs/unfinished-job.js';

/** Jobs that wait for this process at once: few, so that there are never as many of them as assets. */
const WINDOW = 100;

/**
 * Enqueues a job for each asset that lacks an embedding of a model that is not complete, some at a time, and says when
 * none is left. Where it is, is in Postgres: whoever comes after it goes on there.
 */
export class EmbeddingFeeder {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly queue: JobQueue,
  ) {}

  /**
   * @param unloadable models whose jobs this process cannot do: nobody is given work that nobody can do
   * @returns whether a model was completed
   */
  async feed(unloadable: ReadonlySet<string>): Promise<boolean> {
    const outcome = await this.prisma.$transaction(async (transaction) => {
      const rows = await lockModels(transaction);
      const incomplete = rows.filter(
        ({ id, state, completedAt }) => state !== 'DROPPING' && !completedAt && !unloadable.has(id),
      );
      const isForThis = isEmbeddableWithout([...unloadable]);
      let [enqueued, completed] = [0, 0];
      for (const model of incomplete) {
        const { count, isAtEnd } = await this.#enqueue(transaction, model, isForThis);
        enqueued += count;
        if (isAtEnd && (await this.#completed(transaction, model))) completed++;
      }
      return { enqueued, completed };
    });
    if (outcome.enqueued > 0) this.queue.announce();
    return outcome.completed > 0;
  }

  async #enqueue(
    transaction: Prisma.TransactionClient,
    { id, enqueuedUpTo }: Model,
    isForThis: Prisma.Sql,
  ): Promise<{ count: number; isAtEnd: boolean }> {
    const [{ waiting }] = await transaction.$queryRaw<[{ waiting: number }]>`
      SELECT count(*)::int AS "waiting" FROM "job" AS "next"
      WHERE "state" = 'QUEUED' AND "kind" = ${BACKGROUND}::"job_kind" AND ${isForThis}`;
    const room = WINDOW - waiting;
    // Few of many are not worth a statement, but none that wait may be all that there were.
    if (room < WINDOW / 4) return { count: 0, isAtEnd: false };
    const after = enqueuedUpTo === null ? Prisma.sql`TRUE` : Prisma.sql`"id" > ${enqueuedUpTo}::uuid`;
    const enqueued = await transaction.$queryRaw<{ assetId: string }[]>`
      WITH "lacking" AS (
        SELECT "id", "library_id" FROM "asset" WHERE ${after} AND ${lacks(id)}
          AND NOT ${hasUnfinishedJob(BACKGROUND)} ORDER BY "id" LIMIT ${room})
      INSERT INTO "job" ("id", "library_id", "kind", "asset_id")
      SELECT gen_random_uuid(), "library_id", ${BACKGROUND}::"job_kind", "id" FROM "lacking"
      RETURNING "asset_id" AS "assetId"`;
    const isAtEnd = enqueued.length < room;
    const last = enqueued
      .map(({ assetId }) => assetId)
      .sort()
      .at(-1);
    // At the end from the beginning again: what was passed over may have become READY since.
    await transaction.model.update({ where: { id }, data: { enqueuedUpTo: isAtEnd ? null : last! } });
    return { count: enqueued.length, isAtEnd };
  }

  /** Nothing becomes READY without an embedding meanwhile: whoever would waits for this transaction. */
  async #completed(transaction: Prisma.TransactionClient, { id, state }: Model): Promise<boolean> {
    const [{ isLacking }] = await transaction.$queryRaw<[{ isLacking: boolean }]>`
      SELECT EXISTS (SELECT FROM "asset" WHERE ${lacks(id)}) AS "isLacking"`;
    if (isLacking) return false;
    // A model that could embed nothing of what there is must not take the place of one that did.
    if (state === 'BUILDING' && !(await hasAny(transaction, id))) return false;
    await transaction.model.update({ where: { id }, data: { completedAt: new Date() } });
    if (state === 'BUILDING') await switchTo(transaction, id);
    return true;
  }
}

/** The condition that an asset ought to have an embedding of a model, and has neither that nor a reason for none. */
function lacks(modelId: string): Prisma.Sql {
  return Prisma.sql`"state" = 'READY' AND NOT EXISTS (
    SELECT FROM "embedding" WHERE "asset_id" = "asset"."id" AND "model_id" = ${modelId})`;
}

async function hasAny(transaction: Prisma.TransactionClient, modelId: string): Promise<boolean> {
  const [{ isSo }] = await transaction.$queryRaw<[{ isSo: boolean }]>`
    SELECT EXISTS (SELECT FROM "embedding" WHERE "model_id" = ${modelId} AND "failure_code" IS NULL)
      OR NOT EXISTS (SELECT FROM "embedding" WHERE "model_id" = ${modelId}) AS "isSo"`;
  return isSo;
}
