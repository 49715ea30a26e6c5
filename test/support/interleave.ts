import pg from 'pg';
import { vi } from 'vitest';

type Callback = (error: Error | undefined, result: unknown) => void;

/**
 * Does something while servers of this process do something else: when the first statement that matches has been answered,
 * before whoever sent it hears of it.
 */
export async function interleave<T>(pattern: RegExp, act: () => Promise<unknown>, run: () => Promise<T>): Promise<T> {
  // Called with the client that it is of.
  // oxlint-disable-next-line typescript/unbound-method
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  let isFound = false;
  const mocked = function (this: pg.Client, ...given: unknown[]): unknown {
    const [config] = given as [string | { readonly text: string }];
    if (isFound || !pattern.test(typeof config === 'string' ? config : config.text)) return query.apply(this, given);
    isFound = true;
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
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(mocked as typeof pg.Client.prototype.query);
  try {
    const outcome = await run();
    if (!isFound) throw new Error(`expected a statement that matches ${pattern}, received none`);
    return outcome;
  } finally {
    spy.mockRestore();
  }
}
