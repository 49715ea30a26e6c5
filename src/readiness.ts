import type { Logger } from 'pino';
import { causeOf, withOutage } from './outages.js';

/** Resolves when a part of the installation answers. */
export type Probe = () => Promise<unknown>;
export type Probes = Readonly<Record<string, Probe>>;

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

  /**
   * @param stores one for each store, by its name
   * @param users one for each part that needs the stores: it is told of only while these answer
   */
  constructor(
    private readonly stores: Probes,
    private readonly users: Probes,
    private readonly log: Logger,
  ) {}

  /** Looks at the stores by itself from now on. */
  watch(): void {
    this.#timer = setInterval(() => void this.#lookAtStores(), LOOK_EVERY_MS).unref();
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
    const [stores, users] = await Promise.all([this.#lookAtStores(), answersOf(this.users)]);
    if (stores.every(isOk)) for (const answer of users) this.#note(answer);
    const answers = [...stores, ...users];
    const parts = answers.map((answer) => [answer.part, isOk(answer) ? 'ok' : 'unavailable'] as const);
    return { status: answers.every(isOk) ? 'ready' : 'unavailable', parts: Object.fromEntries(parts) };
  }

  async #lookAtStores(): Promise<Answer[]> {
    const answers = await answersOf(this.stores);
    for (const answer of answers) this.#note(answer);
    return answers;
  }

  #note({ part, outcome }: Answer): void {
    if (this.#isStopping) return;
    const before = this.#failures.get(part) ?? 0;
    if (outcome.status === 'fulfilled') {
      if (before >= FAILURES_TO_BE_AWAY) this.log.warn({ part }, 'a part answers again');
      this.#failures.delete(part);
      return;
    }
    this.#failures.set(part, before + 1);
    if (before + 1 !== FAILURES_TO_BE_AWAY) return;
    this.log.warn({ part, cause: causeOf(withOutage(outcome.reason)) }, 'a part does not answer');
  }
}

interface Answer {
  readonly part: string;
  readonly outcome: PromiseSettledResult<unknown>;
}

async function answersOf(probes: Probes): Promise<Answer[]> {
  const parts = Object.keys(probes);
  const outcomes = await Promise.allSettled(parts.map((part) => withTimeout(probes[part]!())));
  return parts.map((part, index) => ({ part, outcome: outcomes[index]! }));
}

function isOk({ outcome }: Answer): boolean {
  return outcome.status === 'fulfilled';
}

function withTimeout(answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
