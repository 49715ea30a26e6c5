const MAX_BODY_BYTES = 4_096;
const MAX_REASON = 200;

/** What came of one attempt. */
export interface Answer {
  /** HTTP status; null where there was no answer. */
  readonly status: number | null;
  /** Why it does not count as delivered; null where it does. It holds no address, because addresses may be secret. */
  readonly error: string | null;
}

/** Sends to receivers, by way of a proxy where the environment names one (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). */
export class WebhookClient {
  #loading: ReturnType<typeof loadUndici> | undefined;

  constructor(private readonly timeoutMs: number) {}

  /**
   * A status of 2xx in time counts. Redirects are not followed, and what is answered is not looked at.
   * @returns undefined where `signal` ended it
   */
  async post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const { request, dispatcher } = await (this.#loading ??= loadUndici(this.timeoutMs));
    if (signal.aborted) return undefined;
    // Not AbortSignal.any: Node 20 would keep something of each attempt for as long as the signal is there.
    const attempt = new AbortController();
    const end = () => attempt.abort();
    const timer = setTimeout(end, this.timeoutMs);
    signal.addEventListener('abort', end);
    try {
      const response = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'afterimage', ...headers },
        body,
        dispatcher,
        signal: attempt.signal,
      });
      // The status has been given: nothing that happens to the rest takes it back.
      await response.body.dump({ limit: MAX_BODY_BYTES, signal: attempt.signal }).catch(() => undefined);
      return judge(response.statusCode);
    } catch (error) {
      if (signal.aborted) return undefined;
      const reason = attempt.signal.aborted ? `none within ${this.timeoutMs / 1_000} s` : reasonOf(error);
      return { status: null, error: `expected an answer, received ${reason}` };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  async close(): Promise<void> {
    await (await this.#loading)?.dispatcher.destroy();
  }
}

/** With the first message: it takes some of the time of a start, and most libraries tell nobody. */
async function loadUndici(timeoutMs: number) {
  const { EnvHttpProxyAgent, request } = await import('undici');
  return { request, dispatcher: new EnvHttpProxyAgent({ connect: { timeout: timeoutMs } }) };
}

function judge(status: number): Answer {
  if (status >= 200 && status < 300) return { status, error: null };
  const advice = status >= 300 && status < 400 ? ': redirects are not followed' : '';
  return { status, error: `expected a status of 2xx, received ${status}${advice}` };
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code ?? message).slice(0, MAX_REASON);
}
