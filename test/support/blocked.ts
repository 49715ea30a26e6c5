import type pg from 'pg';
import { vi } from 'vitest';

/** Resolves when that many sessions of the database wait for a lock that another holds. */
export async function waitUntilBlocked(pool: pg.Pool, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await pool.query<{ blocked: number }>(`
        SELECT count(*)::int AS blocked FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
      if (rows[0]!.blocked < count) throw new Error(`${rows[0]!.blocked} sessions wait`);
    },
    { timeout: 20_000, interval: 20 },
  );
}
