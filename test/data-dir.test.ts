import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDir } from '#dist/data-dir.js';

const OPEN_DATA_DIR = fileURLToPath(new URL('open-data-dir.mjs', import.meta.url));

type Outcome = { instanceId: string; code?: never } | { instanceId?: never; code: string; message: string };

/** Another process, which opens data directories when it is told to. */
class Other {
  private constructor(
    readonly process: ChildProcess,
    private readonly lines: AsyncIterator<string>,
  ) {}

  static async start(): Promise<Other> {
    const child = spawn(process.execPath, [OPEN_DATA_DIR], { stdio: ['pipe', 'pipe', 'inherit'] });
    const other = new Other(child, createInterface({ input: child.stdout })[Symbol.asyncIterator]());
    others.push(other);
    await other.lines.next();
    return other;
  }

  async open(path: string): Promise<Outcome> {
    this.process.stdin!.write(`${path}\n`);
    return JSON.parse((await this.lines.next()).value as string) as Outcome;
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}

let others: Other[] = [];
let parent: string;
const usualPath = () => join(parent, 'data');
const longPath = () => join(parent, 'long'.repeat(40));
beforeEach(async () => {
  others = [];
  parent = await realpath(await mkdtemp(join(tmpdir(), 'afterimage-data-')));
});
afterEach(async () => {
  await Promise.all(others.map((other) => other.kill()));
  // Where the lock of a path is kept that is too long for the address of a socket.
  const hash = createHash('sha256').update(longPath()).digest('hex').slice(0, 16);
  await rm(join(tmpdir(), `afterimage-${hash}`), { recursive: true, force: true });
  await rm(parent, { recursive: true, force: true });
});

describe('openDataDir', () => {
  it('makes the folder and gives it an id that stays', async () => {
    const path = join(parent, 'a', 'b');
    const first = await openDataDir(path);
    expect(first.path).toBe(path);
    expect(first.instanceId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await readFile(join(path, 'instance-id'), 'utf8')).toBe(`${first.instanceId}\n`);
    await first.close();
    const second = await openDataDir(path);
    expect(second.instanceId).toBe(first.instanceId);
    await second.close();
  });

  it('leaves nothing of the lock when it is closed, once or twice', async () => {
    const dataDir = await openDataDir(parent);
    await dataDir.close();
    await dataDir.close();
    expect(await readdir(join(parent, '.lock'))).toEqual([]);
  });

  it('refuses the process that has it already, by another name too', async () => {
    const dataDir = await openDataDir(join(parent, 'data'));
    await symlink(join(parent, 'data'), join(parent, 'alias'));
    await expect(openDataDir(join(parent, 'alias'))).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await dataDir.close();
  });

  it.each([
    ['a usual', usualPath],
    ['a long', longPath],
  ])('refuses another process at once under %s path, and names the folder and the holder', async (_kind, pathOf) => {
    const path = pathOf();
    const [holder, other] = [await Other.start(), await Other.start()];
    expect(await holder.open(path)).toHaveProperty('instanceId');
    const before = performance.now();
    expect(await other.open(path)).toEqual({
      code: 'DATA_DIR_IN_USE',
      message: `expected a data directory that nothing else uses for ${path}, received one in use by process ${holder.process.pid}`,
    });
    // Far below any time after which a lock could count as stale.
    expect(performance.now() - before).toBeLessThan(1_500);
    await holder.kill();
    expect(await other.open(path)).toHaveProperty('instanceId');
  });

  it('is free the moment its holder is killed', async () => {
    const holder = await Other.start();
    const held = await holder.open(parent);
    await holder.kill();
    const left = await readdir(join(parent, '.lock'));
    expect(left).toHaveLength(1);
    const dataDir = await openDataDir(parent);
    expect(dataDir.instanceId).toBe(held.instanceId);
    expect(await readdir(join(parent, '.lock'))).not.toContain(left[0]);
    await dataDir.close();
  });

  it('is not taken from a process that is only stopped', async () => {
    const holder = await Other.start();
    await holder.open(parent);
    holder.process.kill('SIGSTOP');
    await expect(openDataDir(parent)).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      message: expect.stringContaining('in use by another process'),
    });
  });

  it('is not taken from a process that has no file descriptor left to answer with', async ({ skip }) => {
    skip(process.platform === 'win32', 'no such limit');
    const script = `
      import { openSync } from 'node:fs';
      import { openDataDir } from '#dist/data-dir.js';
      await openDataDir(process.argv[1]);
      try { for (;;) openSync('/dev/null'); } catch (error) { process.stdout.write(error.code); }
      setInterval(() => undefined, 1_000);`;
    const limited = [
      '-c',
      'ulimit -n 100; exec "$@"',
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      script,
      parent,
    ];
    const holder = spawn('sh', limited, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(holder.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('EMFILE');
    await expect(openDataDir(parent)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await openDataDir(parent)).close();
  });

  it.each([
    ['a usual', usualPath],
    ['a long', longPath],
  ])(
    'goes to exactly one of eight processes that race for a dead one under %s path',
    async (_kind, pathOf) => {
      const path = pathOf();
      let racers = await Promise.all(Array.from({ length: 8 }, () => Other.start()));
      for (let round = 0; round < 20; round++) {
        const outcomes = await Promise.all(racers.map((racer) => racer.open(path)));
        const winners = racers.filter((_, index) => outcomes[index]!.instanceId);
        expect(winners, `round ${round}: ${JSON.stringify(outcomes)}`).toHaveLength(1);
        expect(outcomes.filter(({ code }) => code === 'DATA_DIR_IN_USE')).toHaveLength(7);
        // The next round races for what the killed winner leaves.
        await winners[0]!.kill();
        racers = [...racers.filter((racer) => racer !== winners[0]), await Other.start()];
      }
    },
    60_000,
  );

  it('does not keep its process alive', () => {
    const script = `import { openDataDir } from '#dist/data-dir.js'; await openDataDir(process.argv[1]);`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, parent], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each(['file', 'file/below'])('says in one line why it cannot use %s', async (name) => {
    await writeFile(join(parent, 'file'), 'mine');
    const path = join(parent, name);
    const error: unknown = await openDataDir(path).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DATA_DIR_UNUSABLE' });
    expect((error as Error).message).toMatch(/^expected a folder that can be written for .*, received E[A-Z]+: .*$/);
    expect((error as Error).message).toContain(path);
    expect((await stat(join(parent, 'file'))).size).toBe(4);
  });

  it('refuses a folder whose id is damaged, and lets go of it', async () => {
    await writeFile(join(parent, 'instance-id'), 'nonsense');
    const opening = openDataDir(parent);
    await expect(opening).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE' });
    await expect(opening).rejects.toThrow(/expected a UUID for .*instance-id, received "nonsense"/);
    await rm(join(parent, 'instance-id'));
    await (await openDataDir(parent)).close();
  });
});
