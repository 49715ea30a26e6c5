import type { Logger } from 'pino';
import { awayPart, causeOf, withOutage } from './outages.js';

/** Resolves when a part of the installation answers. */
export type Probe = () => Promise<unknown>;

export interface ReadinessAnswer {
  readonly status: 'ready' | 'unavailable' | 'stopping';
  readonly parts: Readonly<Record<string, 'ok' | 'unavailable'>>;
}

const TIMEOUT_MS = 3_000;
/** For so long an answer holds: however often it is asked for, it makes no more work than this. */
const ANSWER_MS = 2_000;
const LOOK_EVERY_MS = 5_000;
/** A busy machine may miss one. */
const FAILURES_TO_BE_AWAY = 2;

/**
 * Whether this process can serve: whether all that it needs answers. Writes to the log when a part goes away, and when it is
 * back.
 */
export class Readiness {
  /** Looks that failed one after the other, by the name of the part. */
  readonly #failures = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #answer: Promise<ReadinessAnswer> | undefined;
  #isStopping = false;

  /** @param probes one for each part, by its name, as `awayPart` has it */
  constructor(
    private readonly probes: Readonly<Record<string, Probe>>,
    private readonly log: Logger,
  ) {}

  /** Looks by itself from now on. */
  watch(): void {
    this.#timer = setInterval(() => void this.ask(), LOOK_EVERY_MS).unref();
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** As it is now, or was two seconds ago at most. */
  async ask(): Promise<ReadinessAnswer> {
    const forget = () => (this.#answer = undefined);
    this.#answer ??= this.#look().finally(() => setTimeout(forget, ANSWER_MS).unref());
    const answer = await this.#answer;
    return this.#isStopping ? { ...answer, status: 'stopping' } : answer;
  }

  /** Not ready from now on, whatever answers. */
  stop(): void {
    this.#isStopping = true;
    clearInterval(this.#timer);
  }

  close(): void {
    this.stop();
  }

  async #look(): Promise<ReadinessAnswer> {
    const names = Object.keys(this.probes);
    const answers = await Promise.allSettled(names.map((name) => withTimeout(this.probes[name]!())));
    names.forEach((name, index) => this.#note(name, answers[index]!));
    const isOk = (index: number) => answers[index]!.status === 'fulfilled';
    const parts = names.map((name, index) => [name, isOk(index) ? 'ok' : 'unavailable'] as const);
    return {
      status: names.every((_, index) => isOk(index)) ? 'ready' : 'unavailable',
      parts: Object.fromEntries(parts),
    };
  }

  #note(part: string, answer: PromiseSettledResult<unknown>): void {
    if (this.#isStopping) return;
    const before = this.#failures.get(part) ?? 0;
    if (answer.status === 'fulfilled') {
      if (before >= FAILURES_TO_BE_AWAY) this.log.warn({ part }, 'a part answers again');
      this.#failures.delete(part);
      return;
    }
    const error = withOutage(answer.reason);
    // What a part needs is told of by its own name.
    if ((awayPart(error) ?? part) !== part) return;
    this.#failures.set(part, before + 1);
    if (before + 1 === FAILURES_TO_BE_AWAY) this.log.warn({ part, cause: causeOf(error) }, 'a part does not answer');
  }
}

function withTimeout(answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
