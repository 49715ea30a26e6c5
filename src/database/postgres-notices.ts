import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { AfterimageError } from '../errors.js';
import { CHANNEL, LocalNotices, MISSED, parseNotice, type NoticeListener, type Notices } from './notices.js';

const CONNECT_TIMEOUT_MS = 10_000;
// A connection that a firewall has forgotten looks as if nothing happened.
const PROBE_MS = 20_000;
const PROBE_TIMEOUT_MS = 10_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
const MAX_BATCH = 500;
/** What a process sends to itself. */
const TRIAL = 'trial';
const TRIAL_MS = 10_000;
/** Of a minute or so without the server; older ones tell nobody anything. */
const MAX_WAITING = 10_000;

/**
 * Notices by LISTEN and NOTIFY, on a connection of their own that comes back when it is lost. What is sent meanwhile goes
 * out then; what others send meanwhile is missed.
 */
export class PostgresNotices implements Notices {
  readonly #local = new LocalNotices();
  readonly #sender = randomUUID();
  readonly #closing = new AbortController();
  readonly #waiting: string[] = [];
  readonly #probe = setInterval(() => void this.#checkConnection(), PROBE_MS).unref();
  #connection: { readonly client: pg.Client; readonly socket: Socket } | undefined;
  #sending: Promise<void> | undefined;
  #isHeard = false;
  #trial: Promise<void> | undefined;

  private constructor(
    private readonly url: string,
    private readonly log: Logger,
  ) {}

  /** @throws DATABASE_FAILED */
  static async open(url: string, log: Logger): Promise<PostgresNotices> {
    const notices = new PostgresNotices(url, log);
    try {
      await notices.#connect();
      notices.#trial = notices.#tryOut();
      return notices;
    } catch (cause) {
      clearInterval(notices.#probe);
      throw new AfterimageError('DATABASE_FAILED', 'the database cannot be listened to', { cause });
    }
  }

  send(topic: string, text: string): void {
    this.#local.send(topic, text);
    this.#waiting.push(JSON.stringify([this.#sender, topic, text]));
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#sending ??= this.#sendWaiting().finally(() => (this.#sending = undefined));
  }

  listen(topic: string, listener: NoticeListener): void {
    this.#local.listen(topic, listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#probe);
    await this.#sending;
    await this.#trial;
    await this.#connection?.client.end();
  }

  async #connect(): Promise<void> {
    const socket = new Socket();
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      stream: () => socket,
    });
    // It ends after an error, and that is what is listened to.
    client.on('error', () => undefined);
    client.on('notification', ({ payload }) => this.#receive(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    this.#connection = { client, socket };
    client.once('end', () => void this.#reconnect());
  }

  async #reconnect(): Promise<void> {
    this.#connection = undefined;
    for (let delayMs = FIRST_DELAY_MS; !this.#closing.signal.aborted; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      try {
        await this.#connect();
        // It may have been closed meanwhile, with nothing there to close.
        if (this.#closing.signal.aborted) return await this.close();
        this.#local.send(MISSED, '');
        this.#sending ??= this.#sendWaiting().finally(() => (this.#sending = undefined));
        return;
      } catch (error) {
        this.log.warn({ err: error }, 'the connection for notices is lost');
      }
      await sleep(delayMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  /** Many go out in one statement while the one before them is under way. */
  async #sendWaiting(): Promise<void> {
    while (this.#connection && this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_BATCH);
      try {
        await this.#connection.client.query('SELECT pg_notify($1, "text") FROM unnest($2::text[]) AS "text"', [
          CHANNEL,
          batch,
        ]);
      } catch (error) {
        // They are sent when the connection is back.
        this.log.warn({ err: error }, 'notices could not be sent');
        return;
      }
      this.#waiting.splice(0, batch.length);
    }
  }

  #receive(payload: string): void {
    try {
      const [sender, topic, text] = parseNotice(payload);
      if (sender === this.#sender) this.#isHeard ||= topic === TRIAL;
      else this.#local.send(topic, text);
    } catch (error) {
      // Anybody who may use the database can send on the channel, and so does another release of this program.
      this.log.warn({ err: error }, 'a notice was not understood');
    }
  }

  /** Behind a pooler that gives every transaction another session, nothing else would show that nothing is heard. */
  async #tryOut(): Promise<void> {
    // By another connection, as the others do: what one sends to itself arrives in any case.
    const { signal } = this.#closing;
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      stream: () => new Socket({ signal }),
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify([this.#sender, TRIAL, ''])]);
    } catch (error) {
      if (!signal.aborted) this.log.warn({ err: error }, 'it is not known whether notices arrive');
      return;
    } finally {
      await client.end().catch(() => undefined);
    }
    await sleep(TRIAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    if (this.#isHeard || signal.aborted) return;
    this.log.warn('notices do not arrive: DATABASE_URL needs a session of its own, as a pooler gives in session mode');
  }

  async #checkConnection(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    const timer = setTimeout(() => connection.socket.destroy(), PROBE_TIMEOUT_MS);
    await connection.client.query('SELECT 1').catch(() => connection.socket.destroy());
    clearTimeout(timer);
  }
}
