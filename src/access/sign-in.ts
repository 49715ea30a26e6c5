import type { ApiKeys } from './api-keys.js';
import type { Viewer } from './viewer.js';
import type { Config } from '../config.js';
import { AfterimageError } from '../errors.js';

/** What a request brings to be told by, over HTTP or a WebSocket. */
export interface Credentials {
  /** "Bearer <key>". */
  readonly authorization?: string | undefined;
  /** The Host header: the address that the client believes it talks to. */
  readonly host?: string | undefined;
  /** The Origin header: the page that a browser sends the request for. */
  readonly origin?: string | undefined;
  /** Whether a proxy gives itself away, which may send on what comes from anywhere. */
  readonly isForwarded: boolean;
}

// No longer than these: they are also the reasons of a WebSocket that is closed, which have 123 bytes.
const KEY_EXPECTED =
  'expected "Authorization: Bearer <key>" as a header, or over a WebSocket in connectionParams, received none';
const KEY_EXPECTED_OF_PROXIES =
  'expected "Authorization: Bearer <key>" through a proxy, received none: make a key with "afterimage keys create"';

// Asked with every request of a demo, the database would take longer over this than over finding the pictures.
const OPEN_FOR_MS = 1_000;

/** Tells who a request is from. */
export class SignIn {
  #isShut = false;
  #openUntilMs = 0;

  /**
   * @param openLibraryId the library that is open to everybody on this machine while there is no key; undefined when the
   *   server is not for this machine alone
   */
  constructor(
    private readonly keys: ApiKeys,
    private readonly openLibraryId: string | undefined,
  ) {}

  /** @throws UNAUTHENTICATED */
  async viewerOf({ authorization, host, origin, isForwarded }: Credentials): Promise<Viewer> {
    const secret = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
    if (secret) return this.keys.signIn(secret);
    if (authorization || !this.openLibraryId || !isFromThisMachine(host, origin) || (await this.#needsKey()))
      throw new AfterimageError('UNAUTHENTICATED', KEY_EXPECTED);
    if (isForwarded) throw new AfterimageError('UNAUTHENTICATED', KEY_EXPECTED_OF_PROXIES);
    return { libraryId: this.openLibraryId, role: 'ADMIN', keyId: null };
  }

  /** Whether a key was ever made: within a second of the first one, and then for good. */
  async #needsKey(): Promise<boolean> {
    if (this.#isShut || Date.now() < this.#openUntilMs) return this.#isShut;
    this.#isShut = await this.keys.wasAnyMade();
    this.#openUntilMs = Date.now() + OPEN_FOR_MS;
    return this.#isShut;
  }
}

/** Whether the settings are those of a server for this machine alone, with no proxy in front. */
export function isLocal({ host, publicUrl }: Pick<Config, 'host' | 'publicUrl'>): boolean {
  return isLoopback(host) && (publicUrl === undefined || isLoopbackUrl(publicUrl));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * A web page of a stranger, open in a browser of this machine, can send requests to loopback addresses too. It gives
 * itself away by its origin, or (when its own name was made to point here) by the host that it asks for.
 */
function isFromThisMachine(host: string | undefined, origin: string | undefined): boolean {
  return isLoopbackUrl(`http://${host}`) && (origin === undefined || isLoopbackUrl(origin));
}

function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname);
}
