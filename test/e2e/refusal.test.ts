import { cp, mkdir, open, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AfterimageProcess, onlyLine, run, type Environment } from './support/afterimage-process.js';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { runHere } from './support/run-here.js';

const MODELS = fileURLToPath(new URL('../../models', import.meta.url));

const refusalOf = async (environment: Environment, args = ['serve']) =>
  onlyLine(await runHere(args, { PORT: '0', ...environment }));

/** A port on which something listens that never says a word. */
async function silentPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

describe('a start that cannot succeed ends with one line and code 1:', () => {
  it('every bad setting at once, and no password', async () => {
    const ending = await run(['serve', '--workers', '0', '--log-level', 'loud'], {
      PORT: '0.5',
      DATABASE_URL: 'mysql://user:secret@host/name',
      PUBLIC_URL: 'nowhere',
      CORS_ORIGINS: 'https://a.example, b.example',
    });
    const line = onlyLine(ending);
    expect(line).toMatch(/^afterimage: expected valid settings, received .* \[CONFIG_INVALID\]$/);
    for (const part of [
      'PORT="0.5" (expected a whole number from 0 to 65535)',
      'DATABASE_URL',
      'PUBLIC_URL="nowhere"',
      'CORS_ORIGINS.1="https://a.example, b.example"',
      'WORKERS="0"',
      'LOG_LEVEL="loud"',
    ])
      expect(line).toContain(part);
    expect(line).not.toContain('secret');
  });

  it('a key without a name', async () => {
    expect(await refusalOf({ DATA_DIR: await temporaryFolder() }, ['keys', 'create', ' '])).toBe(
      'afterimage: expected 1 to 200 characters for name, received " " [INVALID_ARGUMENT]',
    );
  });

  it('a key of a new library without a name', async () => {
    expect(await refusalOf({ DATA_DIR: await emptyDataDir() }, ['keys', 'create', 'a key', '--library', ''])).toBe(
      'afterimage: expected 1 to 200 characters for library, received "" [INVALID_ARGUMENT]',
    );
  });

  it('a port in use, with nothing imported before', async () => {
    const [DATA_DIR, PORT] = [await emptyDataDir(), String(await silentPort())];
    const ending = await run(['demo'], { DATA_DIR, PORT });
    expect(onlyLine(ending)).toBe(
      `afterimage: expected to listen on 127.0.0.1 port ${PORT}, but the port is in use [ADDRESS_UNAVAILABLE]`,
    );
    expect(ending.stdout).toBe('');
  });

  it('a file in the place of the data directory', async () => {
    const DATA_DIR = join(await temporaryFolder(), 'file');
    await writeFile(DATA_DIR, '');
    expect(await refusalOf({ DATA_DIR })).toMatch(/data directory .*file, received E[A-Z]+: .* \[DATA_DIR_UNUSABLE\]$/);
  });

  it.runIf(process.platform === 'linux')('a data directory where there can be none', async () => {
    expect(await refusalOf({ DATA_DIR: '/proc/afterimage/data' })).toMatch(
      /data directory \/proc\/afterimage\/data, received ENOENT: .* \[DATA_DIR_UNUSABLE\]$/,
    );
  });

  it.each([
    ['database', 'DATABASE_FAILED'],
    ['files', 'BLOB_STORE_FAILED'],
    ['vectors', 'VECTOR_STORE_FAILED'],
  ])('a file in the place of %s in the data directory', async (name, code) => {
    const DATA_DIR = name === 'database' ? await temporaryFolder() : await emptyDataDir();
    await writeFile(join(DATA_DIR, name), '');
    expect(await refusalOf({ DATA_DIR })).toMatch(new RegExp(`^afterimage: .*\\[${code}\\]$`));
  });

  it('a data directory that another process has', async () => {
    const DATA_DIR = await emptyDataDir();
    const holder = new AfterimageProcess(['serve'], { DATA_DIR, PORT: '0' });
    await holder.url();
    for (const args of [['serve'], ['keys', 'list'], ['import', await temporaryFolder()], ['reindex', '--cancel']])
      expect(await refusalOf({ DATA_DIR }, args)).toBe(
        `afterimage: expected a data directory that nothing else uses for ${DATA_DIR}, received one in use by process ${holder.pid}: stop the server first [DATA_DIR_IN_USE]`,
      );
  });

  it('a model of which one byte has changed', async () => {
    const folder = await temporaryFolder();
    await cp(MODELS, join(folder, 'models'), { recursive: true });
    const file = join(folder, 'models', 'afterimage-small-v1', 'vision.onnx');
    const handle = await open(file, 'r+');
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, 100_000);
    byte[0]! ^= 1;
    await handle.write(byte, 0, 1, 100_000);
    await handle.close();
    expect(await refusalOf({ DATA_DIR: await emptyDataDir(), MODELS_DIR: join(folder, 'models') })).toMatch(
      new RegExp(
        `^afterimage: expected SHA-256 "?[0-9a-f]{64}"? for ${file}, received "[0-9a-f]{64}" \\[MODEL_DAMAGED\\]$`,
      ),
    );
  });

  it('a model that is not there', async () => {
    expect(await refusalOf({ DATA_DIR: await emptyDataDir(), MODEL: 'other' })).toMatch(
      /for the model "other", received none; models that are there: afterimage-small-v1 \[MODEL_NOT_FOUND\]$/,
    );
  });

  it('a database server that refuses', async () => {
    const DATA_DIR = await temporaryFolder();
    // Nothing listens there: only the superuser could.
    expect(await refusalOf({ DATA_DIR, DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/name' })).toBe(
      'afterimage: the database at 127.0.0.1:1 does not answer: connect ECONNREFUSED 127.0.0.1:1 [DATABASE_FAILED]',
    );
  });

  it('a database server that is silent', async () => {
    const DATA_DIR = await temporaryFolder();
    const port = await silentPort();
    const DATABASE_URL = `postgres://user:secret@127.0.0.1:${port}/name`;
    expect(await refusalOf({ DATA_DIR, DATABASE_URL })).toBe(
      `afterimage: the database at 127.0.0.1:${port} does not answer: timeout expired [DATABASE_FAILED]`,
    );
  });

  it('an address beyond this machine without a key', async () => {
    expect(await refusalOf({ DATA_DIR: await emptyDataDir(), HOST: '0.0.0.0' })).toBe(
      'afterimage: expected a key before serving on 0.0.0.0, received none: make one with "afterimage keys create" [KEYS_REQUIRED]',
    );
  });

  it('a folder to import that is not there', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'data'));
    expect(await refusalOf({ DATA_DIR: join(folder, 'data') }, ['import', join(folder, 'pictures')])).toBe(
      `afterimage: expected a folder that can be read for folder, received ${JSON.stringify(join(folder, 'pictures'))} [INVALID_ARGUMENT]`,
    );
  });
});

it('an unknown command is named, and the known ones shown', async () => {
  const { code, stdout, stderr } = await run(['frobnicate'], {});
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: unknown command 'frobnicate'\n/);
  for (const command of ['serve', 'demo', 'import', 'keys'])
    expect(stderr).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
});
