import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { TestProject } from 'vitest/node';
import { openDatabase, type PrismaClient } from '#dist/database/database.js';
import { EmbeddedPostgres } from '#dist/database/embedded-postgres.js';
import { databaseUrl, runSql } from './postgres-server.js';
import { V8_FLAGS } from './v8-flags.js';

const LOCAL_SERVER = 'postgres://postgres@127.0.0.1:5432/postgres';
const HOW_TO_START = 'docker run --rm -e POSTGRES_HOST_AUTH_METHOD=trust -p 127.0.0.1:5432:5432 postgres:17';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of an embedded database with empty tables, to copy: making one takes seconds, copying it does not. */
    embeddedTemplate: string;
    /** The same without any table. */
    bareTemplate: string;
    /** A server on which the tests may create databases, and the name of one with empty tables there; null without one. */
    server: { readonly url: string; readonly template: string } | null;
  }
}

/** Vitest's global setup: runs once before all test files. */
export default async function setUp(project: TestProject): Promise<() => void> {
  // The process that makes the databases is vitest's own.
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-template-'));
  const [bare, template] = [join(folder, 'bare'), join(folder, 'migrated')];
  await (await EmbeddedPostgres.start(bare)).close();
  cpSync(bare, template, { recursive: true });
  const migrated = await openDatabase({ embeddedDir: template });
  await dropOtherDatabases(migrated.prisma);
  await migrated.close();
  project.provide('bareTemplate', bare);
  project.provide('embeddedTemplate', template);

  const serverUrl = await findServer();
  const server = serverUrl === null ? null : { url: serverUrl, template: await makeServerTemplate(serverUrl) };
  project.provide('server', server);
  return async () => {
    rmSync(folder, { recursive: true, force: true });
    if (server) await runSql(server.url, `DROP DATABASE ${server.template}`);
  };
}

/** Two thirds of the files of a database that is made anew are those of two others, which nobody opens. */
async function dropOtherDatabases(prisma: PrismaClient): Promise<void> {
  await prisma.$executeRaw`UPDATE pg_database SET datistemplate = false`;
  for (const name of ['template0', 'template1']) await prisma.$executeRawUnsafe(`DROP DATABASE ${name}`);
}

async function makeServerTemplate(serverUrl: string): Promise<string> {
  const name = `afterimage_template_${randomBytes(8).toString('hex')}`;
  await runSql(serverUrl, `CREATE DATABASE ${name}`);
  await (await openDatabase({ url: databaseUrl(serverUrl, name) })).close();
  return name;
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
