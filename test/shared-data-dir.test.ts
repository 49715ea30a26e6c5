import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedParts, parseConfig } from '#dist/config.js';
import { openDataDir } from '#dist/data-dir.js';
import { openSharedDataDir } from '#dist/shared-data-dir.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'afterimage-shared-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const names = async (path: string) => (await readdir(path)).filter((name) => name !== '.lock');

test('each who opens it gets a folder and an id of its own, beside one who has the directory itself', async () => {
  const whole = await openDataDir(folder);
  const all = await Promise.all(Array.from({ length: 5 }, () => openSharedDataDir(folder)));
  expect(new Set(all.map(({ path }) => path)).size).toBe(5);
  expect(new Set([whole, ...all].map(({ instanceId }) => instanceId)).size).toBe(6);
  for (const each of [whole, ...all]) await each.close();
});

test('closing leaves nothing in the folder, which the next one gets, with another id', async () => {
  const first = await openSharedDataDir(folder);
  await writeFile(join(first.path, 'copy'), 'of a picture');
  await first.close();
  expect(await names(first.path)).toEqual([]);
  const second = await openSharedDataDir(folder);
  expect(second.path).toBe(first.path);
  expect(second.instanceId).not.toBe(first.instanceId);
  await second.close();
});

test('what a killed process left is removed by a sweep or the next one that opens it, and not before it is dead', async () => {
  const script = `import { openSharedDataDir } from '#dist/shared-data-dir.js';
    import { writeFileSync } from 'node:fs';
    const { path } = await openSharedDataDir(process.argv[1]);
    writeFileSync(path + '/copy', '');
    console.log(path);
    setInterval(() => undefined, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const path = String((await once(other.stdout, 'data'))[0]).trim();
  const beside = await openSharedDataDir(folder);
  // What others put there, and what cannot be locked, is in nobody's way.
  const processes = dirname(path);
  await writeFile(join(processes, '.DS_Store'), '');
  await writeFile(join(processes, '0'), '');
  await mkdir(join(processes, 'notes'));
  await writeFile(join(processes, 'notes', 'kept'), '');
  expect(beside.path).not.toBe(path);
  expect(await names(path)).toEqual(['copy']);

  await beside.sweep();
  expect(await names(path)).toEqual(['copy']);
  other.kill('SIGKILL');
  await once(other, 'exit');
  await writeFile(join(beside.path, 'own'), '');
  await beside.sweep();
  expect([await names(path), await names(beside.path)]).toEqual([[], ['own']]);
  expect(await readdir(join(processes, 'notes'))).toEqual(['kept']);
  await writeFile(join(path, 'copy'), '');
  const next = await openSharedDataDir(folder);
  expect(next.path).toBe(path);
  expect(await names(path)).toEqual([]);
  for (const each of [beside, next]) await each.close();
});

test('a folder that cannot be made is said to be so', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(openSharedDataDir(join(folder, 'file'))).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE' });
});

test('only what has every part elsewhere is shared', () => {
  const all = { DATABASE_URL: 'postgres://host/name', QDRANT_URL: 'http://host', S3_BUCKET: 'bucket' };
  expect(embeddedParts(parseConfig(all))).toEqual([]);
  expect(embeddedParts(parseConfig({ ...all, S3_BUCKET: '' }))).toEqual(['S3_BUCKET']);
  expect(embeddedParts(parseConfig({}))).toEqual(['DATABASE_URL', 'QDRANT_URL', 'S3_BUCKET']);
});
