import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { startServer, type TestServer } from './server.js';

export interface ServerWithPool {
  readonly server: TestServer;
  /** Connections of its own, for what is done at the same time. */
  readonly pool: pg.Pool;
}

/** Of a suite; there once it runs. */
export function useServerWithPool(database: { readonly url: string }): ServerWithPool {
  const both: { -readonly [Name in keyof ServerWithPool]?: ServerWithPool[Name] } = {};
  beforeAll(async () => {
    both.server = await startServer({ database });
    both.pool = new pg.Pool({ connectionString: database.url });
  });
  afterAll(async () => {
    await both.pool?.end();
    await both.server?.close();
  });
  return both as ServerWithPool;
}
