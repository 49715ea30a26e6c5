import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import type { DatabaseLocation } from '#dist/database/database.js';
import { databaseUrl, runSql } from './postgres-server.js';

/**
 * Runs a suite on the embedded database or on a Postgres server (the one of TEST_DATABASE_URL, or else one on
 * 127.0.0.1:5432), half of the suites on each and all on the embedded one where there is no server; with EVERY_DATABASE=1 each
 * on both. Each suite has an empty database of its own, which is dropped afterwards; whoever opens it closes it.
 */
export function describeOnEveryDatabase(title: string, suite: (location: DatabaseLocation) => void): void {
  const isOnBoth = process.env['EVERY_DATABASE'] === '1';
  const isOnServer = inject('server') !== null && (isOnBoth || isOdd(title));
  if (isOnBoth || !isOnServer) describe(`${title}, embedded`, () => suite(emptyEmbeddedDatabase()));
  else describe.skip(`${title}, embedded: EVERY_DATABASE=1 npm test`, () => suite({ embeddedDir: '' }));
  if (isOnServer || inject('server') === null) describeOnAServer(title, suite);
  else describe.skip(`${title}, on a server: EVERY_DATABASE=1 npm test`, () => suite({ url: '' }));
}

/** Halves titles, always in the same way. */
function isOdd(title: string): boolean {
  return Buffer.from(title).reduce((sum, byte) => sum + byte, 0) % 2 === 1;
}

/** Runs a suite on a Postgres server only, as above. @param options as `emptyServerDatabase` takes them */
export function describeOnAServer(
  title: string,
  suite: (location: { readonly url: string }) => void,
  options?: string,
): void {
  describe.skipIf(inject('server') === null)(`${title}, on a server`, () => suite(emptyServerDatabase(options)));
}

/** Options of a database on a server without any table. */
export const BARE = 'TEMPLATE template0';

/**
 * An embedded database for the suite that calls it while it is collected; the suite's folder is removed afterwards.
 * @param template what it is a copy of: one with its tables by default
 */
export function emptyEmbeddedDatabase(template: 'embeddedTemplate' | 'bareTemplate' = 'embeddedTemplate'): {
  readonly embeddedDir: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
  const embeddedDir = join(folder, 'postgres');
  beforeAll(() => cpSync(inject(template), embeddedDir, { recursive: true }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { embeddedDir };
}

/**
 * A database of its own on the server for the suite that calls it while it is collected; the url is empty where there is
 * no server.
 * @param options as CREATE DATABASE takes them; a copy of one with its tables by default
 */
export function emptyServerDatabase(options?: string): { readonly url: string } {
  const server = inject('server');
  if (server === null) return { url: '' };
  const name = `afterimage_test_${randomBytes(8).toString('hex')}`;
  beforeAll(() => runSql(server.url, `CREATE DATABASE ${name} ${options ?? `TEMPLATE ${server.template}`}`));
  afterAll(() => runSql(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return { url: databaseUrl(server.url, name) };
}
