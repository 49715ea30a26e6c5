import { expect, it, onTestFinished } from 'vitest';
import { AfterimageProcess } from './support/afterimage-process.js';
import { emptyDataDir } from './support/data-dir.js';
import { isSignedBy, WebhookReceiver } from '../support/webhook-receiver.js';

const CREATE = 'mutation ($url: String!) { createWebhook(url: $url, events: [ASSET_READY]) { secret webhook { id } } }';
const SEND_TEST = 'mutation ($id: ID!) { sendTestWebhook(id: $id) { delivery { id } } }';

async function ask(url: string, query: string, variables: object) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return ((await response.json()) as { data: Record<string, never> }).data;
}

it('a process killed while a receiver keeps it waiting leaves the message to the next one', async () => {
  const receiver = await WebhookReceiver.start();
  onTestFinished(() => receiver.close());
  const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', LEASE: '2', WEBHOOK_TIMEOUT: '2' };
  const first = new AfterimageProcess(['serve'], environment);
  const url = await first.url();
  const { secret, webhook } = (await ask(url, CREATE, { url: receiver.url('/') }))['createWebhook'] as unknown as {
    secret: string;
    webhook: { id: string };
  };
  receiver.answers.push(() => undefined);
  await ask(url, SEND_TEST, { id: webhook.id });
  await receiver.at('/', 1);
  expect((await first.kill('SIGKILL')).signal).toBe('SIGKILL');

  const second = new AfterimageProcess(['serve'], environment);
  await second.url();
  const [before, after] = await receiver.at('/', 2);
  expect(after!.headers['webhook-id']).toBe(before!.headers['webhook-id']);
  expect(isSignedBy(secret, after!)).toBe(true);
});
