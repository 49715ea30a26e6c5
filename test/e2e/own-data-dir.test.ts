import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { AfterimageProcess, onlyLine, run, type Environment } from './support/afterimage-process.js';
import { temporaryFolder } from './support/data-dir.js';
import { askGraphQL, uploadFiles } from './support/graphql-client.js';
import { production } from './support/installations.js';
import { runHere } from './support/run-here.js';
import { SAMPLE_NAMES, SAMPLES } from './support/samples.js';
import { inStores } from './support/stores.js';
import { BARE, describeOnAServer } from '../support/databases.js';
import { migrateBefore } from '../support/migrate-before.js';
import { openPool } from '../support/pool.js';
import { insertAsset } from '../support/rows.js';
import { Libraries } from '#dist/access/libraries.js';
import type { OpenStores } from '#dist/cli/with-stores.js';

const NAMES = SAMPLE_NAMES.slice(0, 3);
const STATES = '{ assets(first: 10) { edges { node { state } } } }';
const ADVICE =
  'set DATA_DIR to the folder of this database, or run "doctor --adopt" to have it use this one [DATA_DIR_MISMATCH]';

const forget = ({ database: { prisma } }: OpenStores) => prisma.dataDir.deleteMany();
const instanceIdOf = (environment: Environment) => inStores(environment, async ({ instanceId }) => instanceId);

describeOnAServer('files beside a database', (database) => {
  it('are in one data directory, and a start over another one is refused until the database is told to use it', async () => {
    const overFolder = async () => ({ DATA_DIR: await temporaryFolder(), PORT: '0', DATABASE_URL: database.url });
    const [own, other] = [await overFolder(), await overFolder()];
    const server = new AfterimageProcess(['serve'], own);
    const url = await server.url();
    await uploadFiles(
      url,
      NAMES.map((name) => join(SAMPLES, name)),
    );
    const refused = onlyLine(await runHere(['serve'], other));
    expect(refused).toContain(ADVICE);
    await server.until(
      async () => !JSON.stringify(await askGraphQL(url, STATES)).includes('PENDING'),
      'the last picture',
      { interval: 100 },
    );
    expect(await askGraphQL(url, STATES)).toEqual({
      data: { assets: { edges: NAMES.map(() => ({ node: { state: 'READY' } })) } },
    });
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(refused).toContain(`expected the data directory ${await instanceIdOf(own)} for`);

    // As it was before a database knew its folder. What only reads writes none, and that another was tried makes it no better.
    await inStores(own, forget);
    expect(await runHere(['doctor'], own)).toMatchObject({ code: 0, stdout: 'Nothing is wrong.\n' });
    for (const args of [['doctor'], ['doctor', '--repair']])
      expect(onlyLine(await runHere(args, other))).toBe(
        `afterimage: expected what its assets speak of in ${other.DATA_DIR}, received nothing of it: ${ADVICE}`,
      );
    await instanceIdOf(own);
    await expect(instanceIdOf(other)).rejects.toMatchObject({ code: 'DATA_DIR_MISMATCH' });

    const { code, stdout, stderr } = await run(['doctor', '--adopt', '--json'], other);
    expect([code, JSON.parse(stdout)]).toMatchObject([1, [{ kind: 'original-missing', count: NAMES.length }, {}]]);
    expect(stderr).toBe(`The database uses the data directory ${other.DATA_DIR} from now on.\n`);
    await instanceIdOf(other);
    await expect(instanceIdOf(own)).rejects.toMatchObject({ code: 'DATA_DIR_MISMATCH' });
  });
});

const EARLIER = '20261201100000_names_of_stop_words';

describeOnAServer(
  'files beside a database of an earlier release',
  ({ url }) => {
    it('are looked for before it is brought to this one, which a server does, or whoever takes the folder', async () => {
      const environment = async () => ({ DATA_DIR: await temporaryFolder(), PORT: '0', DATABASE_URL: url });
      const [own, other] = [await environment(), await environment()];
      const { pool, close } = await openPool({ url });
      onTestFinished(close);
      const migrations = async () => (await pool.query('SELECT migration_name FROM "_prisma_migrations"')).rows;
      await migrateBefore(pool, EARLIER);
      const [library, asset] = [randomUUID(), randomUUID()];
      await pool.query(`
        INSERT INTO library (id, name, file_secret) VALUES ('${library}', 'default', '${'x'.repeat(32)}');
        INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation)
          VALUES ('${asset}', '${library}', 'READY', md5('') || md5(''), 'a.jpg', 'image/jpeg', 1, 1, 1, 'SQUARE');`);
      const before = await migrations();

      const file = join(own.DATA_DIR, 'files', 'blobs', library, asset.slice(0, 2), asset, 'original');
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, 'x');
      expect(onlyLine(await runHere(['serve'], other))).toBe(
        `afterimage: expected what its assets speak of in ${other.DATA_DIR}, received nothing of it: ${ADVICE}`,
      );
      expect(onlyLine(await runHere(['doctor', '--repair'], own))).toBe(
        `afterimage: expected a database with the migration ${EARLIER}, received one without: start this version's server first [MIGRATION_FAILED]`,
      );
      expect(await migrations()).toEqual(before);

      // Over a folder that has nothing of its assets no server would do it.
      expect((await runHere(['doctor', '--adopt', '--json'], other)).stderr).toContain(
        `uses the data directory ${other.DATA_DIR}`,
      );
      expect((await migrations()).length).toBeGreaterThan(before.length);
      const server = new AfterimageProcess(['serve'], other);
      await server.url();
    });
  },
  BARE,
);

describe.skipIf(inject('server') === null)('embeddings beside a database and a bucket', () => {
  const installation = production();

  it('are in one data directory', async () => {
    const { QDRANT_URL: _, ...own } = await installation.settings();
    const other = { ...own, DATA_DIR: await temporaryFolder() };
    await inStores(own, async (stores) => {
      const { prisma } = stores.database;
      await insertAsset(prisma, await new Libraries(prisma).ensureDefault());
      await forget(stores);
    });
    await expect(instanceIdOf(other)).rejects.toMatchObject({ code: 'DATA_DIR_MISMATCH' });
    await instanceIdOf(own);
  });
});
