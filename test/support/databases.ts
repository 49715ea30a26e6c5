import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import type { DatabaseLocation } from '#dist/database/database.js';

const LOCAL_SERVER = 'postgres://postgres@127.0.0.1:5432/postgres';
const HOW_TO_START = 'docker run --rm -e POSTGRES_HOST_AUTH_METHOD=trust -p 127.0.0.1:5432:5432 postgres:17';

// A server that the caller named must answer; one that merely might run here need not.
const serverUrl = process.env['TEST_DATABASE_URL'] ?? ((await answers(LOCAL_SERVER)) ? LOCAL_SERVER : undefined);

/**
 * Runs a suite on every kind of database: the embedded one, and the server of TEST_DATABASE_URL or else one on
 * 127.0.0.1:5432. Each suite has an empty database of its own, which is dropped afterwards; whoever opens it closes it.
 */
export function describeOnEveryDatabase(title: string, suite: (location: DatabaseLocation) => void): void {
  describe(`${title}, embedded`, () => suite(emptyEmbeddedDatabase()));
  if (serverUrl === undefined) {
    describe.skip(`${title}, on a server: none answers, start one with: ${HOW_TO_START}`, () => suite({ url: '' }));
    return;
  }
  const database = `afterimage_test_${randomBytes(8).toString('hex')}`;
  const url = new URL(serverUrl);
  url.pathname = database;
  describe(`${title}, on a server`, () => {
    beforeAll(() => run(serverUrl, `CREATE DATABASE ${database}`));
    afterAll(() => run(serverUrl, `DROP DATABASE ${database} WITH (FORCE)`));
    suite({ url: url.href });
  });
}

/** An embedded database for the suite that calls it while it is collected; the suite's folder is removed afterwards. */
export function emptyEmbeddedDatabase(): { readonly embeddedDir: string } {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
  const embeddedDir = join(folder, 'postgres');
  beforeAll(() => cpSync(inject('embeddedTemplate'), embeddedDir, { recursive: true }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { embeddedDir };
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function answers(connectionString: string): Promise<boolean> {
  return run(connectionString, 'SELECT 1').then(
    () => true,
    () => false,
  );
}
