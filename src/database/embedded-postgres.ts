import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Duplex } from 'node:stream';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import pg from 'pg';
import { AfterimageError } from '../errors.js';
import { compiledPglite } from './compiled-pglite.js';
import { CHANNEL, LocalNotices, parseNotice, type Notices } from './notices.js';
import { syncFolder } from '../sync-folder.js';
import type { PgliteReply, PgliteRequest, PgliteWorkerData } from './pglite.protocol.js';

/**
 * Postgres in a worker thread (PGlite), reached by the same `pg` driver as a server, over message ports instead of
 * sockets. Everything above this file sees a `pg.Pool`.
 */
export class EmbeddedPostgres {
  /** Also what triggers of the database notify of, when their transaction is done. */
  readonly notices: Notices = new LocalNotices();
  readonly #exited: Promise<void>;
  #hasExited = false;

  private constructor(private readonly worker: Worker) {
    // Without a listener an error in the thread would end the process. Its connections fail, and the health check says so.
    worker.on('error', (error) => process.emitWarning(error));
    this.#exited = new Promise((resolve) =>
      worker.once('exit', () => {
        this.#hasExited = true;
        resolve();
      }),
    );
  }

  /**
   * Opens the database in that folder, making it first when there is none. The caller holds the folder's lock: PGlite
   * itself has none.
   * @throws DATABASE_FAILED
   */
  static async start(dataDir: string): Promise<EmbeddedPostgres> {
    if (!existsSync(join(dataDir, 'PG_VERSION'))) {
      await initialise(dataDir).catch((cause: unknown) => {
        throw cause instanceof AfterimageError ? cause : notStarted(dataDir, (cause as Error).message, cause);
      });
    }
    return new EmbeddedPostgres(await startWorker({ dataDir, code: await compiledPglite() }));
  }

  createPool(): pg.Pool {
    return new pg.Pool({
      user: 'postgres',
      database: 'postgres',
      password: '',
      ssl: false,
      // The backend serves one connection at a time; more would only wait inside the worker instead of in the pool.
      max: 1,
      onConnect: async (client) => {
        client.on('notification', ({ payload }) => {
          const [, topic, text] = parseNotice(payload!);
          this.notices.send(topic, text);
        });
        // Every stop word of a search is a notice, several times over, of which nobody hears.
        await client.query(`SET client_min_messages = warning; LISTEN ${CHANNEL}`);
      },
      stream: () =>
        new MessagePortStream(this.#connect()) as unknown as ReturnType<NonNullable<pg.PoolConfig['stream']>>,
    });
  }

  async close(): Promise<void> {
    this.worker.postMessage({ type: 'close' } satisfies PgliteRequest);
    await this.#exited;
  }

  #connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    // The driver sees a connection that the server closed.
    if (this.#hasExited) port1.close();
    else this.worker.postMessage({ type: 'connect', port: port2 } satisfies PgliteRequest, [port2]);
    return port1;
  }
}

/** Making a database takes far more memory than using it; a process of its own gives all of it back when it ends. */
async function initialise(dataDir: string): Promise<void> {
  // Made under another name and moved, so that a process killed in between leaves no half-made database. A name of its
  // own, because what such a process started may go on for a moment.
  const parent = dirname(dataDir);
  const prefix = `${basename(dataDir)}.unfinished`;
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent))
    if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true, maxRetries: 3 });
  const unfinished = join(parent, `${prefix}-${randomUUID()}`);
  await runInit(unfinished);
  await rename(unfinished, dataDir);
  await syncFolder(parent);
}

function runInit(dataDir: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const init = fork(new URL('./pglite.init.js', import.meta.url), [dataDir], { execArgv: [] });
    let answer: PgliteReply = { type: 'failed', message: 'the process that makes it ended without an answer' };
    init.once('message', (reply: PgliteReply) => (answer = reply));
    init.once('error', reject);
    init.once('exit', () => {
      if (answer.type === 'ready') resolve();
      else reject(new Error(answer.message));
    });
  });
}

function startWorker(workerData: PgliteWorkerData): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./pglite.worker.js', import.meta.url), { workerData });
    const fail = (reason: string) => reject(notStarted(workerData.dataDir, reason));
    worker.once('error', (error) => fail(error.message));
    worker.once('exit', (code) => fail(`its thread ended with code ${code}`));
    worker.once('message', (reply: PgliteReply) => {
      worker.removeAllListeners();
      if (reply.type === 'ready') resolve(worker);
      else fail(reply.message);
    });
  });
}

function notStarted(dataDir: string, reason: string, cause?: unknown): AfterimageError {
  return new AfterimageError('DATABASE_FAILED', `the embedded Postgres in ${dataDir} did not start: ${reason}`, {
    cause,
  });
}

/** The part of `net.Socket` that the `pg` driver uses, over a message port. */
class MessagePortStream extends Duplex {
  constructor(private readonly port: MessagePort) {
    // The driver waits for 'close', which a stream emits when both its halves have ended.
    super({ allowHalfOpen: false });
    port.on('message', (bytes: Uint8Array) => this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
    port.on('close', () => this.push(null));
  }

  connect(): this {
    setImmediate(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    this.port.ref();
    return this;
  }

  unref(): this {
    this.port.unref();
    return this;
  }

  override _read(): void {
    // The port pushes.
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.port.postMessage(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }

  override _final(done: () => void): void {
    this.port.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.port.close();
    done(error);
  }
}
