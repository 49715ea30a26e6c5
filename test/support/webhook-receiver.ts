import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { vi } from 'vitest';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body, understood. */
  readonly message: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, string | null>>;
  };
}

/** What a customer of ours would have: a server that is told what happens. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  /** Answers to come, the next first; 204 when there is none. A function may leave a request without an answer. */
  readonly answers: (number | ((response: ServerResponse) => void))[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => {
      void text(request).then((body) => {
        const { headers, url } = request;
        receiver.received.push({ path: url!, headers, body, message: JSON.parse(body) as Received['message'] });
        const answer = receiver.answers.shift() ?? 204;
        if (typeof answer === 'function') answer(response);
        else response.writeHead(answer).end('what nobody reads');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** Its address below this path. */
  url(path = '/'): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** What came to this path, when so much has come. */
  async at(path: string, count: number): Promise<Received[]> {
    const found = () => this.received.filter((each) => each.path === path);
    await vi.waitFor(
      () => {
        if (found().length < count) throw new Error(`expected ${count} messages, received ${found().length}`);
      },
      { timeout: 30_000, interval: 20 },
    );
    return found();
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => void this.server.close(() => resolve()));
  }
}

/** Whether one of the signatures is by this secret, as https://www.standardwebhooks.com has receivers check it. */
export function isSignedBy(secret: string, { headers, body }: Received): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const right = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(right);
}
