import { retryDelayMs } from './retry-schedule.js';
import type { Answer } from './webhook-client.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import type { WebhookDelivery } from '../database/generated/client.js';

/** Of one webhook at a time, so that a slow receiver leaves room for the others. One that fails has one attempt at a time. */
const MAX_UNDER_WAY = 8;
const GIVE_UP_AFTER = Prisma.sql`interval '3 days'`;
/** A receiver that fails is left alone for a tenth of the time since it began to. */
const HOLD = Prisma.sql`least(interval '1 minute',
  greatest(interval '1 second', (now() - coalesce("failing_since", now())) / 10))`;
const KEEP = Prisma.sql`interval '7 days'`;
const GONE = 410;

/** A delivery that a sender has in hand. */
export type ClaimedDelivery = Pick<
  WebhookDelivery,
  'id' | 'webhookId' | 'event' | 'data' | 'createdAt' | 'attempts' | 'failures'
> & {
  readonly url: string;
  readonly secret: Uint8Array;
  /** The one before, while it still signs. */
  readonly previousSecret: Uint8Array | null;
};

/**
 * What is to be sent. The rows are written by triggers of the database. Of one webhook and asset there is never more than
 * one under way, and never one before those that are older; a sender that dies loses its lease, and others take over.
 */
export class WebhookOutbox {
  /** @param leaseMs longer than an attempt takes at most */
  constructor(
    private readonly prisma: PrismaClient,
    private readonly leaseMs: number,
  ) {}

  /** Leases what has waited longest, at most `limit`. */
  async claim(limit: number): Promise<ClaimedDelivery[]> {
    if (!(await this.#isAnyDue())) return [];
    return this.prisma.$transaction(async (transaction) => {
      // One claim at a time: each sees what the one before it has taken, also where an older row of the same asset has
      // been committed only now.
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('afterimage webhook claims'))`;
      return transaction.$queryRaw<ClaimedDelivery[]>`
        UPDATE "webhook_delivery" AS "claimed" SET "attempts" = "attempts" + 1,
          "lease_until" = now() + ${this.leaseMs} * interval '1 millisecond'
        FROM (
          SELECT "due"."id", "url", "secret", CASE WHEN "previous_secret_until" > now() THEN "previous_secret" END AS "previous"
          FROM "webhook" CROSS JOIN LATERAL (
            SELECT "id", "run_at", "sequence" FROM "webhook_delivery" AS "next"
            WHERE "webhook_id" = "webhook"."id" AND "state" = 'PENDING' AND "run_at" <= now()
              AND ("lease_until" IS NULL OR "lease_until" <= now()) AND NOT EXISTS (
                SELECT FROM "webhook_delivery" AS "other"
                WHERE "other"."webhook_id" = "next"."webhook_id" AND "other"."asset_id" = "next"."asset_id"
                  AND "other"."state" = 'PENDING' AND "other"."id" <> "next"."id"
                  AND ("other"."sequence" < "next"."sequence" OR "other"."lease_until" > now()))
            ORDER BY "run_at", "sequence"
            LIMIT greatest(0, CASE WHEN "webhook"."failing_since" IS NULL THEN ${MAX_UNDER_WAY}::int ELSE 1 END - (
              SELECT count(*) FROM "webhook_delivery" AS "busy" WHERE "busy"."webhook_id" = "webhook"."id"
                AND "busy"."state" = 'PENDING' AND "busy"."lease_until" > now()))
          ) AS "due"
          WHERE "disabled_at" IS NULL AND ("hold_until" IS NULL OR "hold_until" <= now())
          ORDER BY "due"."run_at", "due"."sequence" LIMIT ${limit}
        ) AS "found"
        WHERE "claimed"."id" = "found"."id" AND "state" = 'PENDING' AND ("lease_until" IS NULL OR "lease_until" <= now())
        RETURNING "claimed"."id", "webhook_id" AS "webhookId", "event", "data", "created_at" AS "createdAt", "attempts",
          "failures", "url", "secret", "previous" AS "previousSecret"`;
    });
  }

  /** Writes what came of an attempt. @returns whether it failed and is not tried again */
  async write(delivery: ClaimedDelivery, answer: Answer): Promise<{ readonly isGivenUp: boolean }> {
    if (answer.error === null) {
      await this.#succeed(delivery, answer);
      return { isGivenUp: false };
    }
    const retryInMs = answer.status === GONE ? null : retryDelayMs(delivery.failures);
    const isWritten = await this.#fail(delivery, answer, retryInMs);
    return { isGivenUp: isWritten && retryInMs === null };
  }

  /** For one that this sender does not get to finish. */
  async giveBack({ id, attempts }: ClaimedDelivery): Promise<void> {
    await this.prisma.webhookDelivery.updateMany({
      where: { id, attempts, state: 'PENDING' },
      data: { leaseUntil: null },
    });
  }

  /** Forgets what ended a week ago, and what has waited that long for a disabled webhook. */
  async prune(): Promise<void> {
    await this.prisma.$executeRaw`DELETE FROM "webhook_delivery" WHERE "finished_at" < now() - ${KEEP}`;
    await this.prisma.$executeRaw`
      DELETE FROM "webhook_delivery" USING "webhook" WHERE "webhook_id" = "webhook"."id"
        AND "webhook_delivery"."state" = 'PENDING' AND "disabled_at" < now() - ${KEEP}`;
  }

  async #isAnyDue(): Promise<boolean> {
    const [found] = await this.prisma.$queryRaw<[{ isAny: boolean }]>`
      SELECT EXISTS (SELECT FROM "webhook" WHERE "disabled_at" IS NULL AND ("hold_until" IS NULL OR "hold_until" <= now())
        AND EXISTS (SELECT FROM "webhook_delivery" WHERE "webhook_id" = "webhook"."id" AND "state" = 'PENDING'
          AND "run_at" <= now())) AS "isAny"`;
    return found.isAny;
  }

  async #succeed({ id, attempts }: ClaimedDelivery, { status }: Answer): Promise<void> {
    await this.prisma.$executeRaw`
      WITH "done" AS (
        UPDATE "webhook_delivery" SET "state" = 'DELIVERED', "finished_at" = now(), "lease_until" = NULL,
          "last_status" = ${status}, "last_error" = NULL
        WHERE "id" = ${id}::uuid AND "attempts" = ${attempts} AND "state" = 'PENDING' RETURNING "webhook_id")
      UPDATE "webhook" SET "failing_since" = NULL, "hold_until" = NULL FROM "done"
      WHERE "webhook"."id" = "webhook_id" AND "failing_since" IS NOT NULL`;
  }

  /**
   * Those behind it wait as long, so that nobody looks at them in vain.
   * @param retryInMs null to give up
   * @returns false where somebody has asked for it once more meanwhile, or disabled its webhook
   */
  async #fail(delivery: ClaimedDelivery, { status, error }: Answer, retryInMs: number | null): Promise<boolean> {
    const { id, attempts, failures } = delivery;
    const isLast = retryInMs === null;
    const runAt = Prisma.sql`now() + ${retryInMs ?? 0} * interval '1 millisecond'`;
    const written = await this.prisma.$executeRaw`
      WITH "failed" AS (
        UPDATE "webhook_delivery" SET "failures" = "failures" + 1, "lease_until" = NULL, "last_status" = ${status},
          "last_error" = ${error}, "run_at" = ${runAt},
          "state" = CASE WHEN ${isLast} THEN 'FAILED' ELSE 'PENDING' END::"webhook_delivery_state",
          "finished_at" = CASE WHEN ${isLast} THEN now() END
        WHERE "id" = ${id}::uuid AND "attempts" = ${attempts} AND "failures" = ${failures} AND "state" = 'PENDING'
        RETURNING "id", "webhook_id", "asset_id"
      ), "behind" AS (
        UPDATE "webhook_delivery" SET "run_at" = ${runAt} FROM "failed"
        WHERE "webhook_delivery"."webhook_id" = "failed"."webhook_id" AND "webhook_delivery"."asset_id" = "failed"."asset_id"
          AND "webhook_delivery"."id" <> "failed"."id" AND "state" = 'PENDING' AND "webhook_delivery"."run_at" < ${runAt}
      )
      UPDATE "webhook" SET "failing_since" = coalesce("failing_since", now()), "hold_until" = now() + ${HOLD},
        "disabled_at" = CASE WHEN ${status === GONE} OR "failing_since" < now() - ${GIVE_UP_AFTER} THEN now() END,
        "disabled_reason" = CASE WHEN ${status === GONE} THEN 'the receiver answered 410 Gone'
          WHEN "failing_since" < now() - ${GIVE_UP_AFTER} THEN 'every attempt of three days failed: ' || ${error}::text END
      FROM "failed" WHERE "webhook"."id" = "webhook_id" AND "disabled_at" IS NULL`;
    // Whoever asked for it once more meanwhile is to have it at once.
    if (written === 0) await this.giveBack(delivery);
    return written > 0;
  }
}
