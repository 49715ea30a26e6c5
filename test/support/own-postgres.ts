import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { tmpdir, userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const DEBIAN = '/usr/lib/postgresql';

/** What Postgres takes the signals for: an end in good order, and one as if it had crashed. */
const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** A Postgres server of a test's own, to be stopped at will. Its `url` stays the same. */
export class OwnPostgres {
  #server: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Whether there are the programs to make one with, and somebody other than root to run them. */
  static get isPossible(): boolean {
    return programs() !== undefined && owner() !== null;
  }

  static async create(): Promise<OwnPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'afterimage-postgres-'));
    const { uid, gid } = owner()!;
    await chown(folder, uid, gid);
    const flags = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'];
    const initdb = join(programs()!, 'initdb');
    await promisify(execFile)(initdb, ['-D', join(folder, 'data'), ...flags], { cwd: folder, uid, gid });
    const postgres = new OwnPostgres(folder, await freePort());
    await postgres.start();
    return postgres;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** A child of this process, so that whoever interrupts the tests interrupts it too. */
  async start(): Promise<void> {
    const settings = [`port=${this.port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
    const args = ['-D', join(this.folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])];
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    const server = spawn(join(programs()!, 'postgres'), args, { cwd: this.folder, ...owner()!, stdio: [...stdio] });
    this.#server = server;
    let log = '';
    for await (const line of createInterface({ input: server.stderr })) {
      log += `${line}\n`;
      if (!line.includes('ready to accept connections')) continue;
      server.stderr.resume();
      return;
    }
    throw new Error(`expected Postgres to start, received:\n${log}`);
  }

  async stop(mode: keyof typeof SIGNALS): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const ended = once(server, 'exit');
    server.kill(SIGNALS[mode]);
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop('immediate');
    await rm(this.folder, { recursive: true });
  }
}

function programs(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
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
