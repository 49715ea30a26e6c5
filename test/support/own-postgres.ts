import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { tmpdir, userInfo } from 'node:os';
import { promisify } from 'node:util';

const DEBIAN = '/usr/lib/postgresql';

/** A Postgres server of a test's own, to be stopped at will. Its `url` stays the same. */
export class OwnPostgres {
  #isRunning = false;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly call: (program: string, ...args: string[]) => Promise<unknown>,
  ) {}

  /** Whether there are the programs to make one with, and somebody other than root to run them. */
  static get isPossible(): boolean {
    return programs() !== undefined && owner() !== null;
  }

  static async create(): Promise<OwnPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'afterimage-postgres-'));
    const { uid, gid } = owner()!;
    await chown(folder, uid, gid);
    const call = (program: string, ...args: string[]) =>
      promisify(execFile)(join(programs()!, program), args, { cwd: folder, uid, gid });
    await call(
      'initdb',
      '-D',
      join(folder, 'data'),
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--no-locale',
      '--no-sync',
    );
    const postgres = new OwnPostgres(folder, await freePort(), call);
    await postgres.start();
    return postgres;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  async start(): Promise<void> {
    const options = `-p ${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -F`;
    await this.#control('start', '-w', '-l', join(this.folder, 'log'), '-o', options);
    this.#isRunning = true;
  }

  /** @param mode fast: it ends its connections first; immediate: as if it had crashed */
  async stop(mode: 'fast' | 'immediate'): Promise<void> {
    await this.#control('stop', '-w', '-m', mode);
    this.#isRunning = false;
  }

  async remove(): Promise<void> {
    if (this.#isRunning) await this.stop('immediate');
    await rm(this.folder, { recursive: true });
  }

  async #control(...args: string[]): Promise<void> {
    await this.call('pg_ctl', '-D', join(this.folder, 'data'), ...args);
  }
}

function programs(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')));
}

/** Postgres refuses to run as root, and as a user without a name. */
function owner(): { uid: number; gid: number } | null {
  const idOf = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    const { uid, gid } = userInfo();
    return uid === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : { uid, gid };
  } catch {
    // There is no such user.
    return null;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
