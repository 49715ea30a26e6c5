import { randomBytes, randomUUID } from 'node:crypto';
import { toStoredWebhook, type WebhookFields } from './webhook-fields.js';
import { writtenSecret } from './webhook-message.js';
import { WEBHOOKS_TOPIC } from './webhook-sender.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { Notices } from '../database/notices.js';
import type { Webhook } from '../database/generated/client.js';
import { AfterimageError } from '../errors.js';
import { isId } from '../id.js';

const MAX_WEBHOOKS = 20;
const SECRET_BYTES = 32;
/** How long the secret before signs as well, so that receivers can change theirs without a gap. */
const OVERLAP_MS = 24 * 60 * 60_000;

/** A webhook with its secret, which is shown this once. */
export interface WebhookWithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** The addresses that are told what happens in a library. */
export class WebhooksService {
  constructor(
    private readonly libraries: Libraries,
    private readonly notices: Notices,
  ) {}

  /** The oldest first. */
  list(viewer: Viewer): Promise<Webhook[]> {
    return this.#rows(viewer).findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  }

  /** @throws INVALID_ARGUMENT for bad fields, and for more than 20 in a library */
  async create(viewer: Viewer, fields: WebhookFields): Promise<WebhookWithSecret> {
    const { url, events, description } = toStoredWebhook(fields);
    if ((await this.#rows(viewer).count()) >= MAX_WEBHOOKS)
      throw new AfterimageError(
        'INVALID_ARGUMENT',
        `expected at most ${MAX_WEBHOOKS} webhooks in a library, received more`,
      );
    const secret = randomBytes(SECRET_BYTES);
    const { libraryId, keyId } = viewer;
    const webhook = await this.#rows(viewer).create({
      data: { id: randomUUID(), libraryId, url: url!, events: events!, description, secret, createdById: keyId },
    });
    return { webhook, secret: writtenSecret(secret) };
  }

  /**
   * Undefined leaves a field as it is. Enabling sends at once what waits for it, also where it was enabled before.
   * @returns undefined where there is none of that id
   * @throws INVALID_ARGUMENT
   */
  async update(
    viewer: Viewer,
    id: string,
    { isEnabled, ...fields }: Partial<WebhookFields> & { isEnabled?: boolean | null },
  ): Promise<Webhook | undefined> {
    const stored = toStoredWebhook(fields);
    if (!isId(id)) return undefined;
    const isOn = { disabledAt: null, disabledReason: null, failingSince: null, holdUntil: null };
    const webhook = await this.libraries.rows(viewer.libraryId).$transaction(async (transaction) => {
      if (isEnabled)
        await transaction.webhookDelivery.updateMany({
          where: { webhookId: id, state: 'PENDING' },
          data: { runAt: new Date() },
        });
      if (isEnabled === false)
        await transaction.webhook.updateMany({ where: { id, disabledAt: null }, data: { disabledAt: new Date() } });
      const data = { ...stored, ...(isEnabled && isOn) };
      return (await transaction.webhook.updateManyAndReturn({ where: { id }, data }))[0];
    });
    this.notices.send(WEBHOOKS_TOPIC, '');
    return webhook;
  }

  /** From now on deliveries are signed with the new secret, and for a day with the one before too. */
  async rotateSecret(viewer: Viewer, id: string): Promise<WebhookWithSecret | undefined> {
    const found = isId(id) ? await this.#rows(viewer).findFirst({ where: { id } }) : null;
    if (!found) return undefined;
    const secret = randomBytes(SECRET_BYTES);
    const [webhook] = await this.#rows(viewer).updateManyAndReturn({
      where: { id, secret: found.secret },
      data: { secret, previousSecret: found.secret, previousSecretUntil: new Date(Date.now() + OVERLAP_MS) },
    });
    // Somebody else was a moment faster, or has deleted it.
    return webhook ? { webhook, secret: writtenSecret(secret) } : this.rotateSecret(viewer, id);
  }

  /** With everything that waits for it. @returns whether there was one */
  async delete(viewer: Viewer, id: string): Promise<boolean> {
    if (!isId(id)) return false;
    return this.libraries.rows(viewer.libraryId).$transaction(async (transaction) => {
      // In the order in which senders lock them.
      await transaction.webhookDelivery.deleteMany({ where: { webhookId: id } });
      return (await transaction.webhook.deleteMany({ where: { id } })).count > 0;
    });
  }

  #rows({ libraryId }: Viewer) {
    return this.libraries.rows(libraryId).webhook;
  }
}
