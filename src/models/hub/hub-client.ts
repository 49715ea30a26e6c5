import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { downloadFailed, PassingFailure } from './hub-errors.js';
import { parseRetryAfter } from './retry.js';

const MAX_REDIRECTS = 5;
const SILENCE_MS = 60_000;
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

export interface HubOptions {
  /** Without a slash at its end. */
  readonly hubUrl: string;
  /** Shown to the hub itself and to nobody that it redirects to. */
  readonly token?: string | undefined;
}

export interface HubResponse {
  /** 200, 206 or 416. */
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Headers of the hub's own answer, when that was a redirect to where the file is: `x-linked-size`, `x-linked-etag`. */
  readonly hubHeaders: Readonly<Record<string, string>>;
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * Asks a hub, by way of a proxy where the environment names one (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). It follows redirects,
 * which a hub sends for every large file, and tries nothing twice.
 */
export class HubClient {
  readonly #dispatcher = new EnvHttpProxyAgent({
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
    connect: { timeout: SILENCE_MS },
  });
  readonly #origin: string;

  constructor(private readonly options: HubOptions) {
    this.#origin = new URL(options.hubUrl).origin;
  }

  /**
   * @param path below the hub's address, with a slash at its beginning, encoded
   * @param what names it in errors
   * @throws MODEL_DOWNLOAD_FAILED, PassingFailure
   */
  async get(path: string, what: string, headers: Readonly<Record<string, string>> = {}): Promise<HubResponse> {
    let url = new URL(this.options.hubUrl + path);
    let hubHeaders: Record<string, string> = {};
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await this.#request(url, what, headers);
      const answer = flatten(response.headers);
      if (redirects === 0) hubHeaders = answer;
      if (response.statusCode === 200 || response.statusCode === 206 || response.statusCode === 416)
        return { statusCode: response.statusCode, headers: answer, hubHeaders, body: response.body };
      await response.body.dump();
      const location = answer['location'];
      if (!isRedirect(response.statusCode) || location === undefined) throw refusal(response.statusCode, what, answer);
      url = redirectTarget(location, url, what);
    }
    throw downloadFailed({ what, received: `more than ${MAX_REDIRECTS} redirects` });
  }

  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  async #request(url: URL, what: string, headers: Readonly<Record<string, string>>): Promise<Dispatcher.ResponseData> {
    const { token } = this.options;
    // Another host, port or scheme is another party.
    const authorization =
      token !== undefined && url.origin === this.#origin ? { authorization: `Bearer ${token}` } : {};
    try {
      return await request(url, {
        dispatcher: this.#dispatcher,
        // Bytes as they are: a length and a range are of those.
        headers: { 'accept-encoding': 'identity', 'user-agent': 'afterimage', ...headers, ...authorization },
      });
    } catch (cause) {
      throw new PassingFailure({ what, received: `no answer (${reasonOf(cause)})`, cause });
    }
  }
}

/** The innermost reason that says something: undici and Node wrap it. */
export function reasonOf(cause: unknown): string {
  const error = cause as NodeJS.ErrnoException & { errors?: unknown[] };
  if (error.errors?.[0]) return reasonOf(error.errors[0]);
  if (error.message) return error.message;
  return error.code ?? String(cause);
}

function redirectTarget(location: string, from: URL, what: string): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw downloadFailed({ what, received: 'a redirect to no address of the web' });
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function refusal(status: number, what: string, headers: Readonly<Record<string, string>>): Error {
  if (PASSING.has(status))
    return new PassingFailure({ what, received: `status ${status}` }, parseRetryAfter(headers['retry-after']));
  const advice: Readonly<Record<number, string>> = {
    401: ': no such repository, or one that needs a token (HF_TOKEN)',
    403: ': the terms of use have to be accepted on the hub, by the owner of the token (HF_TOKEN)',
    404: ': there is no such file or revision',
  };
  return downloadFailed({ what, received: `status ${status}${advice[status] ?? ''}` });
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
  );
}
