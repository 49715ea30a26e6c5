import pg from 'pg';

export interface PoolTimes {
  /** How long a connection may take to be made. */
  readonly connectMs: number;
  /** How long work may wait for one that is free. */
  readonly waitMs: number;
}

/** Connections to Postgres at a URL. */
export function createServerPool(url: string, { connectMs, waitMs }: PoolTimes): pg.Pool {
  // The pool has one setting for both, which it hands on to its clients.
  class Client extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super({ ...config, connectionTimeoutMillis: connectMs });
    }
  }
  return new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: waitMs,
    Client,
    // Prisma writes times without their zone and passes over the zone of those that it reads.
    onConnect: (client) => client.query("SET TIME ZONE 'UTC'"),
  });
}
