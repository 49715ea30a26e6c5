import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** For how long somebody who has been refused may go on sending. */
const LINGER_MS = 5_000;

/**
 * An answer that is sent at once, while the rest of the request is thrown away; its end comes a little later. A connection
 * that is closed while the client sends takes the answer away with it, before the client has read it.
 */
export function earlyAnswer(payload: string, request: IncomingMessage): Readable {
  request.unpipe().resume();
  return Readable.from(answer());

  async function* answer() {
    yield payload;
    await finished(request, { signal: AbortSignal.timeout(LINGER_MS) }).catch(() => undefined);
  }
}
