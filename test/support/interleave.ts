import pg from 'pg';
import { vi } from 'vitest';

type Callback = (error: Error | undefined, result: unknown) => void;

interface Interleaving {
  /** What is waited for: of any client, or of the one that sent the statement. */
  isMet: (client: pg.Client, text: string) => boolean;
  readonly act: () => Promise<unknown>;
}

/** Those that wait for their statement. */
const waiting = new Set<Interleaving>();
let spy: { mockRestore: () => void } | undefined;

/**
 * Does something while servers of this process do something else: when the first statement that matches has been answered,
 * before whoever sent it hears of it. Several may be under way.
 */
export function interleave<T>(pattern: RegExp, act: () => Promise<unknown>, run: () => Promise<T>): Promise<T> {
  return interleaved(pattern, { isMet: (_, text) => pattern.test(text), act }, run);
}

/** As above, but when the transaction of the statement has been committed. */
export function interleaveAfter<T>(pattern: RegExp, act: () => Promise<unknown>, run: () => Promise<T>): Promise<T> {
  let sender: pg.Client | undefined;
  const isMet = (client: pg.Client, text: string) => {
    if (!sender && pattern.test(text)) sender = client;
    return sender === client && text === 'COMMIT';
  };
  return interleaved(pattern, { isMet, act }, run);
}

async function interleaved<T>(pattern: RegExp, interleaving: Interleaving, run: () => Promise<T>): Promise<T> {
  waiting.add(interleaving);
  spy ??= spyOnQueries();
  try {
    const outcome = await run();
    if (waiting.has(interleaving)) throw new Error(`expected a statement that matches ${pattern}, received none`);
    return outcome;
  } finally {
    waiting.delete(interleaving);
    if (waiting.size === 0) {
      spy?.mockRestore();
      spy = undefined;
    }
  }
}

function spyOnQueries() {
  // Called with the client that it is of.
  // oxlint-disable-next-line typescript/unbound-method
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  const mocked = function (this: pg.Client, ...given: unknown[]): unknown {
    const [config] = given as [string | { readonly text: string }];
    const text = typeof config === 'string' ? config : config.text;
    const met = [...waiting].filter(({ isMet }) => isMet(this, text));
    if (met.length === 0) return query.apply(this, given);
    for (const each of met) waiting.delete(each);
    const act = () => Promise.all(met.map((each) => each.act()));
    const callback = given.at(-1);
    // A pool calls back; a transaction has a client of its own, and waits.
    if (typeof callback !== 'function')
      return (query.apply(this, given) as Promise<unknown>).then(async (answer) => {
        await act();
        return answer;
      });
    const whenAnswered: Callback = (error, result) =>
      void act().then(
        () => (callback as Callback)(error, result),
        (reason: Error) => (callback as Callback)(reason, undefined),
      );
    return query.call(this, ...given.slice(0, -1), whenAnswered);
  };
  return vi.spyOn(pg.Client.prototype, 'query').mockImplementation(mocked as typeof pg.Client.prototype.query);
}
