import { describe, expect, it } from 'vitest';
import { AfterimageProcess, onlyLine, run } from './support/afterimage-process.js';
import { askGraphQL } from './support/graphql-client.js';
import { emptyDataDir } from './support/data-dir.js';

const COUNT = '{ assets { totalCount } }';

describe('keys', () => {
  it('are made, listed and revoked, and open a server to other machines', async () => {
    const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', HOST: '0.0.0.0' };
    expect(await run(['keys', 'list'], environment)).toMatchObject({ code: 0, stdout: 'There are no keys.\n' });

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

    const listed = await run(['keys', 'list'], environment);
    for (const part of [id!, 'a reader', 'VIEWER', 'default']) expect(listed.stdout).toContain(part);
    expect(listed.stdout).not.toContain(secret);

    expect(await run(['keys', 'revoke', id!], environment)).toMatchObject({ code: 0 });
    for (const unknown of [id!, 'nonsense'])
      expect(onlyLine(await run(['keys', 'revoke', unknown], environment))).toBe(
        `afterimage: expected the id of a key in use for id, received "${unknown}" [INVALID_ARGUMENT]`,
      );
    // With the last key gone there is again none to ask other machines for.
    expect(onlyLine(await run(['serve'], environment))).toContain('[KEYS_REQUIRED]');
  });
});
