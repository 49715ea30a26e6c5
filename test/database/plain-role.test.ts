import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openDatabase } from '#dist/database/database.js';
import { BARE, emptyServerDatabase } from '../support/databases.js';
import { runSql } from '../support/postgres-server.js';

describe.skipIf(inject('server') === null)('a role that is no superuser', () => {
  const location = emptyServerDatabase(BARE);
  const role = `afterimage_test_${randomBytes(8).toString('hex')}`;
  let name: string;
  let url: string;
  beforeAll(async () => {
    name = new URL(location.url).pathname.slice(1);
    const password = randomBytes(8).toString('hex');
    await runSql(
      location.url,
      `CREATE ROLE ${role} LOGIN PASSWORD '${password}'; GRANT ALL ON SCHEMA public TO ${role}`,
    );
    url = Object.assign(new URL(location.url), { username: role, password }).href;
  });
  afterAll(() => runSql(location.url, `DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`));

  test('is told what it lacks where it may not create extensions, and needs no more than that', async () => {
    await expect(openDatabase({ url })).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringMatching(/pg_trgm.*CREATE privilege on current database/) as string,
    });
    await runSql(location.url, `GRANT CREATE ON DATABASE "${name}" TO ${role}`);
    const database = await openDatabase({ url });
    expect(await database.prisma.asset.count()).toBe(0);
    await database.close();
  });
});
