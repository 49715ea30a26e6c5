import type pg from 'pg';
import { vi } from 'vitest';

/**
 * Resolves when that many sessions of the database wait for a lock that another holds.
 * @param by whose locks they wait for; anybody's by default, which may also be one that was given up just now, before who waits for
 * it has seen so
 */
export async function waitUntilBlocked(pool: pg.Pool, count: number, by?: pg.ClientBase): Promise<void> {
  const holder = by && (await by.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;
  await vi.waitFor(
    async () => {
      const { rows } = await pool.query<{ blocked: number }>(
        `SELECT count(*)::int AS blocked FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND ($1::int IS NULL OR $1 = ANY(pg_blocking_pids(pid)))`,
        [holder],
      );
      if (rows[0]!.blocked < count) throw new Error(`${rows[0]!.blocked} sessions wait`);
    },
    { timeout: 20_000, interval: 20 },
  );
}
