import pg from 'pg';
import { vi } from 'vitest';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** All that the servers of this process send while something is done. */
export async function allStatementsOf(run: () => Promise<unknown>): Promise<Statement[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await run();
    return spy.mock.calls
      .map(([config]) => config as unknown as string | Statement)
      .map((config) => (typeof config === 'string' ? { text: config, values: [] } : config));
  } finally {
    spy.mockRestore();
  }
}

/** Until a server of this process has the answer to the next statement with this text. */
export async function answerTo(text: string): Promise<void> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await vi.waitUntil(async () => {
      const at = spy.mock.calls.findIndex(([config]) => JSON.stringify(config).includes(text));
      return at !== -1 && (await (spy.mock.results[at]!.value as unknown as Promise<unknown>), true);
    }, 20_000);
  } finally {
    spy.mockRestore();
  }
}

/**
 * The SELECTs that the servers of this process send while something is done, but for what they ask by themselves: of the
 * job queue, the outbox of webhooks, the models, what label sets have to learn from, whether there are keys, and whether it is
 * there.
 */
export async function statementsOf(run: () => Promise<unknown>): Promise<Statement[]> {
  const statements = await allStatementsOf(run);
  return statements.filter(
    ({ text }) =>
      text.includes('SELECT') && text !== 'SELECT 1' && !/"job"|"api_key"|"model"|"webhook|"label_head"/.test(text),
  );
}
