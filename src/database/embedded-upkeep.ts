import type pg from 'pg';

const CHECK_MS = 30_000;

/** Of the log of changes, since the last checkpoint. A start after a kill does that much again. */
const LOG_BYTES = 64 * 1024 * 1024;

// A table that was never looked at, or of which as much has changed as makes autovacuum act on a server. Those of the
// system too, and what is kept beside a table: to look at tables writes pg_statistic anew, mostly beside it.
const DUE = `
  SELECT relid::regclass::text AS "table" FROM pg_stat_all_tables JOIN pg_class ON pg_class.oid = relid
  WHERE pg_relation_size(relid) > 0 AND (n_dead_tup > 50 + 0.2 * greatest(reltuples, 0)
    OR (schemaname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND (reltuples < 0 OR n_mod_since_analyze > 50 + 0.1 * reltuples)))`;

const IS_LOG_LONG = `
  SELECT pg_current_wal_lsn() - redo_lsn > ${LOG_BYTES} AS "isLong" FROM pg_control_checkpoint()`;

/**
 * Does what autovacuum and the checkpointer do on a server: the embedded Postgres has no processes of its own. Without
 * statistics it takes every table for a small one and sorts a whole library to show its first page; without a vacuum its
 * files only grow, and without a checkpoint its log of changes does, until the process ends.
 */
export class EmbeddedUpkeep {
  readonly #timer = setInterval(() => void this.#start(), CHECK_MS).unref();
  #running: Promise<void> | undefined;

  constructor(private readonly pool: pg.Pool) {
    void this.#start();
  }

  /** Waits for what is under way; nothing starts any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #start(): Promise<void> {
    // The tables work without it, only slower, and the next check finds what this one left.
    this.#running ??= this.#run()
      .catch((error: unknown) => process.emitWarning(`upkeep of the database failed: ${String(error)}`))
      .finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      const { rows } = await this.pool.query<{ table: string }>(DUE);
      // One at a time: other queries have their turn in between.
      for (const { table } of rows) await this.pool.query(`VACUUM (ANALYZE) ${table}`);
    } finally {
      // A table that cannot be vacuumed is not to fill the disk.
      const log = await this.pool.query<{ isLong: boolean }>(IS_LOG_LONG);
      if (log.rows[0]!.isLong) await this.pool.query('CHECKPOINT');
    }
  }
}
