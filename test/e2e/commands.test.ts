import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import { openDatabase } from '#dist/database/database.js';
import { insertAsset } from '../support/rows.js';
import { AfterimageProcess, onlyLine, run } from './support/afterimage-process.js';
import { askGraphQL } from './support/graphql-client.js';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { SAMPLES } from './support/samples.js';
import { readStoredLibrary } from './support/stored-library.js';

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

describe('import', () => {
  it('takes the good files, names the bad ones, and says by its code that there were some', async () => {
    const folder = await temporaryFolder();
    const pictures = join(folder, 'pictures');
    await mkdir(join(pictures, 'more'), { recursive: true });
    const sample = join(SAMPLES, 'cat-face.jpg');
    await copyFile(sample, join(pictures, 'cat.jpg'));
    await copyFile(sample, join(pictures, 'same.jpg'));
    await copyFile(join(SAMPLES, 'brick-wall.jpg'), join(pictures, 'more', 'Ümlaut wall.JPG'));
    await writeFile(join(pictures, 'notes.txt'), 'no picture');
    await writeFile(join(pictures, 'empty.png'), '');
    await writeFile(join(pictures, 'text.jpg'), 'no picture');
    // Its header is whole: only who decodes all of it finds out.
    const half = await readFile(join(SAMPLES, 'moon-surface.jpg'));
    await writeFile(join(pictures, 'half.jpg'), half.subarray(0, half.length / 2));

    const HOME = await temporaryFolder();
    // As in a container, where a server would need a key.
    const environment = { DATA_DIR: await emptyDataDir(), LOG_LEVEL: 'silent', HOST: '0.0.0.0', HOME };
    const first = await run(['import', pictures], environment);
    expect(first).toMatchObject({ code: 1, stderr: '' });
    const lines = first.stdout.trim().split('\n');
    expect(lines[0]).toBe('  2 imported, 1 already there, 3 refused'.trim());
    expect(lines.slice(1).map((line) => /^ {2}(.+\.\w+): .+ \[(\w+)\]$/.exec(line)?.slice(1))).toEqual([
      ['empty.png', 'UPLOAD_EMPTY'],
      ['text.jpg', 'UPLOAD_UNSUPPORTED_TYPE'],
      ['half.jpg', 'UPLOAD_DAMAGED'],
    ]);

    const library = await readStoredLibrary(environment);
    expect(library.assets.map(({ originalName, state }) => [originalName, state])).toEqual([
      [expect.stringMatching(/^(cat|same)\.jpg$/), 'READY'],
      ['half.jpg', 'FAILED'],
      ['Ümlaut wall.JPG', 'READY'],
    ]);
    expect(library.vectorIds).toHaveLength(2);
    expect(library).toMatchObject({ incomingFiles: [], openUploads: 0 });
    // Where ONNX Runtime would keep what it has to tell its maker.
    expect(await readdir(HOME)).toEqual([]);
  });

  it('does not wait for pictures that are not its own', async () => {
    const folder = await temporaryFolder();
    await copyFile(join(SAMPLES, 'cat-face.jpg'), join(folder, 'cat.jpg'));
    const DATA_DIR = await emptyDataDir();
    const database = await openDatabase({ embeddedDir: join(DATA_DIR, 'database') });
    const libraryId = await new Libraries(database.prisma).ensureDefault();
    // Without a job, so that it stays so.
    await insertAsset(database.prisma, libraryId, { state: 'PENDING' });
    await database.close();
    const { code, stdout } = await run(['import', folder], { DATA_DIR, LOG_LEVEL: 'silent' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '  1 imported, 0 already there\n' });
  });

  it('of an empty folder imports nothing, and a flag goes before a variable', async () => {
    const folder = await temporaryFolder();
    const flag = await emptyDataDir();
    const variable = join(folder, 'variable');
    const { code, stdout } = await run(['import', folder, '--data-dir', flag], { DATA_DIR: variable });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '  0 imported, 0 already there\n' });
    expect((await stat(join(flag, 'instance-id'))).isFile()).toBe(true);
    await expect(stat(variable)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
