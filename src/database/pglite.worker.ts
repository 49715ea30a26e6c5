import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { openPglite } from './pglite.open.js';
import type { PgliteReply, PgliteRequest, PgliteWorkerData } from './pglite.protocol.js';

// PGlite is one Postgres backend with one session. This thread serves it to any number of connections that speak the
// Postgres wire protocol over message ports: a connection owns the backend from its first message until the backend
// is idle again, so that neither a transaction nor a prepared statement of one meets the messages of another.

/** Only the startup message has no type byte; its length then starts with a zero byte. */
const STARTUP = 0;
const TERMINATE = 'X'.charCodeAt(0);
const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);
/** Of an error after which Postgres answers nothing more, as when a file could not be synced. */
const PANIC = '\0VPANIC\0C';

const { dataDir, code } = workerData as PgliteWorkerData;
const reply = (message: PgliteReply) => parentPort!.postMessage(message);

class Backend {
  readonly #waiting: { connection: object; resume: () => void }[] = [];
  #owner: object | undefined;

  constructor(private readonly pglite: PGlite) {}

  async acquire(connection: object): Promise<void> {
    if (this.#owner === connection) return;
    if (this.#owner === undefined) this.#owner = connection;
    else await new Promise<void>((resume) => this.#waiting.push({ connection, resume }));
  }

  release(connection: object): void {
    if (this.#owner !== connection) return;
    const next = this.#waiting.shift();
    this.#owner = next?.connection;
    next?.resume();
  }

  /** Runs protocol messages, one or several that belong together, and returns what the backend answers. */
  async run(messages: Uint8Array): Promise<Buffer> {
    const answers: Uint8Array[] = [];
    await this.pglite.execProtocolRawStream(messages, { onRawData: (data) => answers.push(data.slice()) });
    const answer = Buffer.concat(answers);
    if (answer.includes(PANIC)) stop(answer);
    return answer;
  }

  /** Ends a connection as a server would: what it left open, set, locked or prepared does not reach the next one. */
  async end(connection: object): Promise<void> {
    await this.acquire(connection);
    if (this.pglite.isInTransaction()) await this.pglite.exec('ROLLBACK');
    await this.pglite.exec('DISCARD ALL');
    this.release(connection);
  }

  async close(): Promise<void> {
    // Owned for good, so that no connection that ends late meets a closed database.
    await this.acquire(this);
    await this.pglite.close();
  }
}

function serve(backend: Backend, port: MessagePort): void {
  const connection = {};
  let pending: Buffer = Buffer.alloc(0);
  // A thread handles one port's messages strictly in turn.
  let turn: Promise<void> = Promise.resolve();

  const handle = async (bytes: Uint8Array) => {
    pending = Buffer.concat([pending, bytes]);
    const answers: Buffer[] = [];
    for (let length = runLength(pending); length > 0; length = runLength(pending)) {
      const messages = pending.subarray(0, length);
      pending = pending.subarray(length);
      await backend.acquire(connection);
      const answer = await backend.run(messages);
      if (endsIdle(answer)) backend.release(connection);
      answers.push(answer);
    }
    if (answers.length > 0) port.postMessage(Buffer.concat(answers));
  };
  port.on('message', (bytes: Uint8Array) => {
    turn = turn
      .then(() => handle(bytes))
      .catch((error: unknown) => {
        port.close();
        console.error('embedded Postgres: a connection failed:', error);
      });
  });
  // A backend that cannot be cleaned up serves nobody any more: that error ends the thread.
  port.on('close', () => void turn.then(() => backend.end(connection)));
}

/** As the processes of a server do then. What is durable is made whole by the next start; another call would never return. */
function stop(panic: Buffer): never {
  console.error('embedded Postgres: stopped:', panic.toString().split('\0').join(' '));
  process.exit(1);
}

/**
 * Length in bytes of the whole messages that the buffer begins with, and that can be run at once: a statement is four, and to run
 * each by itself takes a third longer. PGlite knows the first and the last one of a connection where they come alone only.
 */
function runLength(buffer: Buffer): number {
  let length = 0;
  for (let next = messageLength(buffer); next !== undefined; next = messageLength(buffer.subarray(length))) {
    const isAlone = buffer[length] === STARTUP || buffer[length] === TERMINATE;
    if (isAlone && length > 0) return length;
    length += next;
    if (isAlone) return length;
  }
  return length;
}

/** Length in bytes of the first message in the buffer, or undefined while it is not whole. */
function messageLength(buffer: Buffer): number | undefined {
  if (buffer.length < 5) return undefined;
  const length = buffer[0] === STARTUP ? buffer.readInt32BE(0) : 1 + buffer.readInt32BE(1);
  return buffer.length >= length ? length : undefined;
}

/** Whether the answer ends with ReadyForQuery outside a transaction: 'Z', int32 5, status 'I'. */
function endsIdle(answer: Buffer): boolean {
  return answer.length >= 6 && answer[answer.length - 6] === READY_FOR_QUERY && answer[answer.length - 1] === IDLE;
}

try {
  const backend = new Backend(await openPglite(dataDir, code));
  parentPort!.on('message', async (request: PgliteRequest) => {
    if (request.type === 'connect') return serve(backend, request.port);
    await backend.close();
    process.exit(0);
  });
  reply({ type: 'ready' });
} catch (error) {
  reply({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
