import { cpSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { AfterimageProcess, onlyLine, run } from './support/afterimage-process.js';
import { askGraphQL } from './support/graphql-client.js';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { runHere } from './support/run-here.js';
import { migrateBefore } from '../support/migrate-before.js';
import { openPool } from '../support/pool.js';

const COUNT = '{ assets { totalCount } }';

it('the program says which version it is', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await run(['--version'], {})).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});

it('a mistaken command is answered by what is wrong, and --help has its own options before the settings', async () => {
  for (const [args, mistake] of [
    [['import'], "error: missing required argument 'folder'"],
    [['doctor', '--mend'], "error: unknown option '--mend'"],
    [['reindex', '--cancel', '--rollback'], "error: option '--rollback' cannot be used with option '--cancel'"],
    [['reindex', '--drop', 'it', '--rollback'], "error: option '--rollback' cannot be used with option '--drop <id>'"],
    [['reindex', '--cancel', '--drop', 'it'], "error: option '--cancel' cannot be used with option '--drop <id>'"],
  ] as const)
    expect(await runHere(args, {})).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `${mistake}\n(--help says what there is)\n`,
    });

  const { stdout } = await run(['import', '--help'], {});
  const [own, settings] = stdout.split('\nSettings:\n');
  expect(own).toContain('--collections');
  expect(own).not.toContain('--port');
  expect(settings).toContain('--port');
});

it('a start says where the library is, and which variables were passed over', async () => {
  const DATA_DIR = await emptyDataDir();
  const mistyped = { DATABASE_URI: 'postgres://user:secret@host/name', QDRANT_URLS: 'http://q', DATABASE_URL: '' };
  const server = new AfterimageProcess(['serve'], { DATA_DIR, PORT: '0', S3_BUKET: 'pictures', ...mistyped });
  await server.url();
  expect(server.stdout).toContain(`\n  Data        ${DATA_DIR}\n`);
  const { stderr } = await server.kill('SIGTERM');
  expect(stderr.trimEnd().split('\n').sort()).toEqual([
    'afterimage: DATABASE_URI is no setting and is passed over: DATABASE_URL is one',
    'afterimage: DATABASE_URL is set but empty: what it is for is in the data directory',
    'afterimage: QDRANT_URLS is no setting and is passed over: QDRANT_URL is one',
    'afterimage: S3_BUKET is no setting and is passed over: S3_BUCKET is one',
  ]);
});

describe('keys', () => {
  it('are made, listed and revoked, and open a server to other machines', async () => {
    const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', HOST: '0.0.0.0' };
    expect(await runHere(['keys', 'list'], environment)).toMatchObject({ code: 0, stdout: 'There are no keys.\n' });

    const created = await run(['keys', 'create', 'a reader', '--role', 'VIEWER'], environment);
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const [secret] = created.stdout.split('\n');
    expect(secret).toMatch(/^afterimage_[\w-]{43}$/);
    const [, id] = /the key ([0-9a-f-]{36})/.exec(created.stdout)!;

    const server = new AfterimageProcess(['serve'], environment);
    const { port } = new URL(await server.url());
    const url = `http://127.0.0.1:${port}`;
    expect(server.stdout).toContain('Sign-in     with an API key');
    expect(await askGraphQL(url, COUNT)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await askGraphQL(url, COUNT, { secret: `${secret}x` })).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(await askGraphQL(url, COUNT, { secret: secret! })).toEqual({ data: { assets: { totalCount: 0 } } });
    expect(
      await askGraphQL(url, 'mutation { deleteAssets(ids: []) { deletedIds } }', { secret: secret! }),
    ).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });

    const listed = await runHere(['keys', 'list'], environment);
    for (const part of [id!, 'a reader', 'VIEWER', 'default']) expect(listed.stdout).toContain(part);
    expect(listed.stdout).not.toContain(secret);

    expect(await runHere(['keys', 'revoke', id!], environment)).toMatchObject({ code: 0 });
    for (const unknown of [id!, 'nonsense'])
      expect(onlyLine(await runHere(['keys', 'revoke', unknown], environment))).toBe(
        `afterimage: expected the id of a key in use for id, received "${unknown}" [INVALID_ARGUMENT]`,
      );
    // With the last key gone there is again none to ask other machines for.
    expect(onlyLine(await runHere(['serve'], environment))).toContain('[KEYS_REQUIRED]');
  });

  it('are made before the first start, and not in a database of an earlier release', async () => {
    const bare = async () => {
      const DATA_DIR = await temporaryFolder();
      const embeddedDir = join(DATA_DIR, 'database');
      cpSync(inject('bareTemplate'), embeddedDir, { recursive: true });
      return { environment: { DATA_DIR }, embeddedDir };
    };
    const [fresh, earlier] = [await bare(), await bare()];
    expect(await runHere(['keys', 'create', 'first'], fresh.environment)).toMatchObject({ code: 0, stderr: '' });

    const { pool, close } = await openPool(earlier);
    await migrateBefore(pool, '20261201100000_names_of_stop_words');
    await pool.query(`INSERT INTO library (id, name, file_secret) VALUES (gen_random_uuid(), 'default', '')`);
    await close();
    for (const args of [['list'], ['create', 'another']])
      expect(onlyLine(await runHere(['keys', ...args], earlier.environment))).toContain(
        "received one without: start this version's server first [MIGRATION_FAILED]",
      );
  });
});
