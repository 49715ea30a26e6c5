import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const HELD = 'held\n';
// A process that can be reached but does not answer is alive: stopped, or too busy.
const ANSWER_TIMEOUT_MS = 2_000;
const RETRY_DELAY_MS = 10;
// A process that has ended, and a claim that was given up.
const GONE = ['ECONNREFUSED', 'ENOENT'];

export interface Answer {
  readonly isAlive: boolean;
  /** Undefined where the process did not say it. */
  readonly pid: number | undefined;
}

/**
 * A socket that answers for as long as its process lives, and not a moment longer. It says the process id at once, and
 * `held` when the lock is held; a claim that is given up is removed, and ends the conversation.
 */
export class Claim {
  readonly #asking = new Set<Socket>();
  readonly #server = createServer((socket) => this.#answer(socket));
  #isHeld = false;

  async listen(address: string): Promise<void> {
    this.#server.listen(address).unref();
    await once(this.#server, 'listening');
    // A connection that cannot be accepted is one without an answer, which tells the other side enough.
    this.#server.on('error', () => undefined);
  }

  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#asking) socket.end(HELD);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#asking) socket.destroy();
    await closed;
  }

  #answer(socket: Socket): void {
    this.#asking.add(socket);
    socket.unref();
    socket.on('close', () => this.#asking.delete(socket));
    // Who asks may be killed before the answer.
    socket.on('error', () => socket.destroy());
    socket.write(`${process.pid}\n`);
    if (this.#isHeld) socket.end(HELD);
  }
}

/**
 * Whether the claim at an address has to be respected.
 *
 * @param waitsForDecision whether a claim that is given up meanwhile counts as none; otherwise a living one is enough
 */
export async function ask(address: string, waitsForDecision: boolean): Promise<Answer> {
  const last = waitsForDecision ? HELD : '\n';
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  for (;;) {
    const { said, code } = await listenTo(address, last, signal);
    const pid = Number.parseInt(said, 10) || undefined;
    if (code && GONE.includes(code)) return { isAlive: false, pid };
    if (said.includes(last) || signal.aborted) return { isAlive: true, pid };
    // Cut off in the middle: its process ends, or gives up, or has no file descriptor left. Only the next try tells.
    await setTimeout(RETRY_DELAY_MS);
  }
}

/** What the claim says up to `last`, or to where it is cut off, and the code of the error that cut it off. */
function listenTo(address: string, last: string, signal: AbortSignal): Promise<{ said: string; code?: string }> {
  return new Promise((resolve) => {
    const socket = connect({ path: address, signal }).setEncoding('utf8');
    let said = '';
    let code: string | undefined;
    socket.on('data', (text: string) => {
      said += text;
      if (said.includes(last)) socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code));
    socket.on('close', () => resolve({ said, code }));
  });
}
