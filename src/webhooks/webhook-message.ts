import { createHmac } from 'node:crypto';
import type { WebhookDelivery } from '../database/generated/client.js';
import type { WebhookEvent } from '../database/generated/enums.js';

const SECRET_PREFIX = 'whsec_';

/** The `type` of each event's messages. */
const MESSAGE_TYPES: Readonly<Record<WebhookEvent, string>> = {
  ASSET_READY: 'asset.ready',
  LABELS_CHANGED: 'labels.changed',
  JOB_FINISHED: 'job.finished',
  WEBHOOK_TEST: 'webhook.test',
};

/** What is sent: JSON of the type, the time of the event in ISO 8601, and the ids of what it is about. */
export function bodyOf({ event, createdAt, data }: Pick<WebhookDelivery, 'event' | 'createdAt' | 'data'>): string {
  return JSON.stringify({ type: MESSAGE_TYPES[event], timestamp: createdAt.toISOString(), data });
}

/**
 * The headers of one attempt, by Standard Webhooks (https://www.standardwebhooks.com): id, time in seconds, and for each
 * secret `v1,` and the HMAC-SHA256 of `id.time.body` in base64.
 */
export function signedHeaders(
  id: string,
  body: string,
  secrets: readonly Uint8Array[],
  sentAt: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1_000));
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/** A secret as receivers are given it. */
export function writtenSecret(secret: Uint8Array): string {
  return SECRET_PREFIX + Buffer.from(secret).toString('base64');
}
