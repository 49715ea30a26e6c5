import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '#dist/database/database.js';
import { EmbeddedPostgres } from '#dist/database/embedded-postgres.js';
import { runSql } from './postgres-server.js';

const LOCAL_SERVER = 'postgres://postgres@127.0.0.1:5432/postgres';
const HOW_TO_START = 'docker run --rm -e POSTGRES_HOST_AUTH_METHOD=trust -p 127.0.0.1:5432:5432 postgres:17';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of an embedded database with empty tables, to copy: making one takes seconds, copying it does not. */
    embeddedTemplate: string;
    /** The same without any table. */
    bareTemplate: string;
    /** A server on which the tests may create databases, or null where there is none. */
    serverUrl: string | null;
  }
}

/** Vitest's global setup: runs once before all test files. */
export default async function setUp(project: TestProject): Promise<() => void> {
  project.provide('serverUrl', await findServer());

  const folder = mkdtempSync(join(tmpdir(), 'afterimage-template-'));
  const [bare, template] = [join(folder, 'bare'), join(folder, 'migrated')];
  await (await EmbeddedPostgres.start(bare)).close();
  cpSync(bare, template, { recursive: true });
  await (await openDatabase({ embeddedDir: template })).close();
  project.provide('bareTemplate', bare);
  project.provide('embeddedTemplate', template);
  return () => rmSync(folder, { recursive: true, force: true });
}

async function findServer(): Promise<string | null> {
  // One that the caller names must answer: the tests fail where it does not. One that may merely run here need not.
  const named = process.env['TEST_DATABASE_URL'];
  if (named) return named;
  try {
    await runSql(LOCAL_SERVER, 'SELECT 1');
    return LOCAL_SERVER;
  } catch {
    console.warn(`No Postgres on 127.0.0.1:5432: its tests are skipped. Start one with: ${HOW_TO_START}`);
    return null;
  }
}
