import pg from 'pg';
import { vi } from 'vitest';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The SELECTs that the servers of this process send while something is done, but for those of the job queue, those
 * about which models there are, and the question whether there are keys, which is asked once a second at most.
 */
export async function statementsOf(run: () => Promise<unknown>): Promise<Statement[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await run();
    return spy.mock.calls
      .map(([config]) => config as unknown as string | Statement)
      .map((config) => (typeof config === 'string' ? { text: config, values: [] } : config))
      .filter(({ text }) => text.includes('SELECT') && !/"job"|"api_key"|"model"/.test(text));
  } finally {
    spy.mockRestore();
  }
}
