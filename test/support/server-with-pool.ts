import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { startServer, type ServerOptions, type TestServer } from './server.js';

export interface ServerWithPool {
  readonly server: TestServer;
  /** Connections of its own, for what is done at the same time. */
  readonly pool: pg.Pool;
}

/** Of a suite; there once it runs. @param options as `startServer` takes them */
export function useServerWithPool(
  database: { readonly url: string },
  options: Omit<ServerOptions, 'database'> = {},
): ServerWithPool {
  const both: { -readonly [Name in keyof ServerWithPool]?: ServerWithPool[Name] } = {};
  beforeAll(async () => {
    both.server = await startServer({ ...options, database });
    both.pool = new pg.Pool({ connectionString: database.url });
  });
  afterAll(async () => {
    await both.pool?.end();
    await both.server?.close();
  });
  return both as ServerWithPool;
}
