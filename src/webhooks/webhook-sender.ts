import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { bodyOf, signedHeaders } from './webhook-message.js';
import type { Answer, WebhookClient } from './webhook-client.js';
import type { ClaimedDelivery, WebhookOutbox } from './webhook-outbox.js';
import type { Notices } from '../database/notices.js';
import { Alarm } from '../jobs/alarm.js';
import { News } from '../news.js';

/** Rung when somebody asked for something to be sent. What the database itself writes is found by looking. */
export const WEBHOOKS_TOPIC = 'webhooks';

const POLL_MS = 1_000;
const MAX_UNDER_WAY = 32;

/** Sends what is in the outbox, until it is closed. Any number of them, in any processes, share the work. */
export class WebhookSender {
  readonly #underWay = new Set<Promise<void>>();
  /** Nothing new is begun. */
  readonly #stopping = new AbortController();
  /** What is under way is cut off. */
  readonly #ended = new AbortController();
  readonly #alarm = new Alarm();
  readonly #news = new News();
  #working: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param drainMs how long after `stop` the attempts that are under way are cut off */
  constructor(
    private readonly outbox: WebhookOutbox,
    private readonly client: WebhookClient,
    private readonly drainMs: number,
    private readonly log: Logger,
  ) {
    // Each attempt listens to it. Above ten Node warns of a leak.
    setMaxListeners(MAX_UNDER_WAY, this.#ended.signal);
  }

  start(notices: Notices): void {
    notices.listen(WEBHOOKS_TOPIC, () => this.#alarm.ring());
    this.#working = this.#work();
  }

  stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#timer = setTimeout(() => this.#ended.abort(), this.drainMs);
    this.#alarm.ring();
  }

  /** Waits for what is under way, and gives back what takes too long. */
  async close(): Promise<void> {
    this.stop();
    await this.#working;
    await Promise.all(this.#underWay);
    clearTimeout(this.#timer);
    await this.client.close();
  }

  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#alarm.reset();
      const free = MAX_UNDER_WAY - this.#underWay.size;
      const deliveries = free > 0 ? await this.#claim(free) : [];
      for (const delivery of deliveries) this.#hold(this.#send(delivery));
      if (deliveries.length === 0) await this.#alarm.wait(POLL_MS);
    }
  }

  async #claim(limit: number): Promise<ClaimedDelivery[]> {
    try {
      return await this.outbox.claim(limit);
    } catch (error) {
      this.log.error({ err: error }, 'the outbox of the webhooks does not answer');
      return [];
    }
  }

  #hold(sending: Promise<void>): void {
    const held = sending.finally(() => {
      this.#underWay.delete(held);
      this.#alarm.ring();
    });
    this.#underWay.add(held);
  }

  async #send(delivery: ClaimedDelivery): Promise<void> {
    const { id, webhookId, url, secret, previousSecret } = delivery;
    try {
      const body = bodyOf(delivery);
      const secrets = previousSecret ? [secret, previousSecret] : [secret];
      const headers = signedHeaders(id, body, secrets, new Date());
      const answer = await this.client.post(url, headers, body, this.#ended.signal);
      if (!answer) return await this.outbox.giveBack(delivery);
      const { isGivenUp } = await this.outbox.write(delivery, answer);
      if (answer.error !== null) this.#tell(delivery, answer, isGivenUp);
    } catch (error) {
      // The lease runs out and it is sent again.
      this.log.error({ err: error, deliveryId: id, webhookId }, 'what came of a webhook could not be written');
    }
  }

  /** Once a minute for each cause, as of jobs, and of a message that is not tried again in any case. */
  #tell({ id, webhookId }: ClaimedDelivery, { status, error }: Answer, isGivenUp: boolean): void {
    const level = isGivenUp || this.#news.isNews(`${webhookId} ${error}`) ? 'warn' : 'debug';
    const about = { deliveryId: id, webhookId, status, ...(isGivenUp && { isGivenUp }) };
    this.log[level](about, `a webhook failed: ${error}`);
  }
}
