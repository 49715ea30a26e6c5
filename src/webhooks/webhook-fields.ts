import { toDescription } from '../assets/asset-fields.js';
import type { WebhookEvent } from '../database/generated/enums.js';
import { AfterimageError, expected } from '../errors.js';
import { storable } from '../storable-text.js';

export const MAX_URL = 2_000;

/** What a person may say of a webhook. */
export interface WebhookFields {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description?: string | null;
}

/** Those that are given, as they are stored; the others undefined. @throws INVALID_ARGUMENT */
export function toStoredWebhook({ url, events, description }: Partial<WebhookFields>) {
  return {
    url: url === undefined ? undefined : toUrl(url),
    events: events === undefined ? undefined : toEvents(events),
    description: toDescription(description),
  };
}

/** No message shows the address: it may hold a secret. */
function toUrl(text: string): string {
  const isText = text.length <= MAX_URL && text === storable(text);
  const url = isText && URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    const what = `an http or https address of at most ${MAX_URL} characters`;
    throw new AfterimageError('INVALID_ARGUMENT', `expected ${what} for url, received another text`);
  }
  if (url.username !== '' || url.password !== '')
    throw new AfterimageError(
      'INVALID_ARGUMENT',
      'expected no user and password in url: the signature tells who sends',
    );
  url.hash = '';
  return url.href;
}

function toEvents(events: readonly WebhookEvent[]): WebhookEvent[] {
  const unique = [...new Set(events)];
  if (unique.length === 0) throw new AfterimageError('INVALID_ARGUMENT', expected('at least one', 'events', events));
  if (unique.includes('WEBHOOK_TEST'))
    throw new AfterimageError('INVALID_ARGUMENT', expected('what happens by itself', 'events', 'WEBHOOK_TEST'));
  return unique;
}
