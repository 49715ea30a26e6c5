import { z } from 'zod';
import { WEBHOOKS_TOPIC } from './webhook-sender.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import { MAX_IDS } from '../assets/assets.service.js';
import type { WebhookDelivery } from '../database/generated/client.js';
import type { WebhookDeliveryState } from '../database/generated/enums.js';
import type { Notices } from '../database/notices.js';
import { AfterimageError, expected, type ErrorCode } from '../errors.js';
import { isId } from '../id.js';
import { checkFirst, cursorsOf, toPage, type Edge, type Page, type PageRequest } from '../pagination.js';

const cursors = cursorsOf(['webhookDeliveries'], z.int());

export interface TestOutcome {
  readonly delivery: WebhookDelivery | null;
  readonly refusal: ErrorCode | null;
}

export interface RedeliverOutcome {
  readonly redeliveredCount: number;
  /** Of which there is no delivery in this library. */
  readonly missingIds: readonly string[];
}

/** What was sent to webhooks, and what waits. */
export class WebhookDeliveriesService {
  constructor(
    private readonly libraries: Libraries,
    private readonly notices: Notices,
  ) {}

  /** The latest first. @throws WEBHOOK_NOT_FOUND, INVALID_ARGUMENT, INVALID_CURSOR */
  async list(
    viewer: Viewer,
    { webhookId, state, ...page }: { webhookId: string; state?: WebhookDeliveryState | null } & PageRequest,
  ): Promise<Page<Edge<WebhookDelivery>>> {
    const first = checkFirst(page.first);
    const before = page.after == null ? undefined : cursors.decode(page.after);
    if (!(await this.#find(viewer, webhookId)))
      throw new AfterimageError('WEBHOOK_NOT_FOUND', expected('the id of a webhook', 'webhookId', webhookId));
    const found = await this.#rows(viewer).webhookDelivery.findMany({
      where: { webhookId, ...(state && { state }), ...(before !== undefined && { sequence: { lt: before } }) },
      orderBy: { sequence: 'desc' },
      take: first + 1,
    });
    return toPage(
      found.map((node) => ({ node, cursor: cursors.encode(Number(node.sequence)) })),
      page,
    );
  }

  /**
   * Has them sent again at once as if for the first time, under the same ids. One that had ended comes after what waits of
   * its asset now. @throws INVALID_ARGUMENT for more than 1,000
   */
  async redeliver(viewer: Viewer, ids: readonly string[]): Promise<RedeliverOutcome> {
    if (ids.length > MAX_IDS)
      throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${MAX_IDS} ids`, 'ids', ids));
    const unique = [...new Set(ids)];
    const again = await this.#rows(viewer).$queryRaw<{ id: string; webhookId: string }[]>`
      UPDATE "webhook_delivery" AS "again" SET "state" = 'PENDING', "sequence" = "place", "failures" = 0, "run_at" = now(),
        "finished_at" = NULL
      FROM (
        SELECT "id", CASE WHEN "state" = 'PENDING' THEN "sequence"
          ELSE nextval(pg_get_serial_sequence('webhook_delivery', 'sequence')) END AS "place"
        FROM (
          SELECT "id", "state", "sequence" FROM "webhook_delivery"
          WHERE "library_id" = ${viewer.libraryId}::uuid AND "id" = ANY(${unique.filter(isId)}::uuid[])
          ORDER BY "sequence"
        ) AS "sorted"
      ) AS "placed" WHERE "again"."id" = "placed"."id" RETURNING "again"."id", "webhook_id" AS "webhookId"`;
    await this.#hurry(viewer, [...new Set(again.map(({ webhookId }) => webhookId))]);
    const found = new Set(again.map(({ id }) => id));
    return { redeliveredCount: found.size, missingIds: unique.filter((id) => !found.has(id)) };
  }

  /** Sends a message of the type `webhook.test`, as anything else is sent. */
  async sendTest(viewer: Viewer, webhookId: string): Promise<TestOutcome> {
    if (!isId(webhookId)) return { delivery: null, refusal: 'WEBHOOK_NOT_FOUND' };
    const { libraryId } = viewer;
    const outcome = await this.#rows(viewer).$transaction(async (transaction): Promise<TestOutcome> => {
      // Held until the delivery is written: it may be deleted at the same moment.
      const [webhook] = await transaction.$queryRaw<{ isDisabled: boolean }[]>`
        SELECT "disabled_at" IS NOT NULL AS "isDisabled" FROM "webhook"
        WHERE "id" = ${webhookId}::uuid AND "library_id" = ${libraryId}::uuid FOR KEY SHARE`;
      if (!webhook) return { delivery: null, refusal: 'WEBHOOK_NOT_FOUND' };
      if (webhook.isDisabled) return { delivery: null, refusal: 'WEBHOOK_DISABLED' };
      const data = { webhookId, libraryId, event: 'WEBHOOK_TEST', data: { webhookId } } as const;
      return { delivery: await transaction.webhookDelivery.create({ data }), refusal: null };
    });
    if (outcome.delivery) await this.#hurry(viewer, [webhookId]);
    return outcome;
  }

  /** Somebody waits for it: a receiver that has failed is not spared any longer. */
  async #hurry({ libraryId }: Viewer, webhookIds: readonly string[]): Promise<void> {
    await this.libraries.rows(libraryId).$executeRaw`
      UPDATE "webhook" SET "hold_until" = NULL
      WHERE "library_id" = ${libraryId}::uuid AND "id" = ANY(${[...webhookIds]}::uuid[]) AND "hold_until" IS NOT NULL`;
    this.notices.send(WEBHOOKS_TOPIC, '');
  }

  async #find(viewer: Viewer, id: string) {
    return isId(id) ? this.#rows(viewer).webhook.findFirst({ where: { id } }) : null;
  }

  #rows({ libraryId }: Viewer) {
    return this.libraries.rows(libraryId);
  }
}
