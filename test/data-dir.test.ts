import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
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
beforeEach(async () => {
  others = [];
  parent = await realpath(await mkdtemp(join(tmpdir(), 'afterimage-data-')));
});
afterEach(async () => {
  await Promise.all(others.map((other) => other.kill()));
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

  it('is free when it is closed, once or twice', async () => {
    const dataDir = await openDataDir(parent);
    await dataDir.close();
    await dataDir.close();
    await (await openDataDir(parent)).close();
  });

  it('refuses the process that has it already, by another name too', async () => {
    const dataDir = await openDataDir(join(parent, 'data'));
    await symlink(join(parent, 'data'), join(parent, 'alias'));
    await expect(openDataDir(join(parent, 'alias'))).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await dataDir.close();
  });

  it('refuses another process at once, and names the folder and the holder', async () => {
    const path = join(parent, 'data');
    const [holder, other] = [await Other.start(), await Other.start()];
    expect(await holder.open(path)).toHaveProperty('instanceId');
    expect(await other.open(path)).toEqual({
      code: 'DATA_DIR_IN_USE',
      message: `expected a data directory that nothing else uses for ${path}, received one in use by process ${holder.process.pid}: stop the server first`,
    });
    await holder.kill();
    expect(await other.open(path)).toHaveProperty('instanceId');
  });

  it('is free the moment its holder is killed', async () => {
    const holder = await Other.start();
    const held = await holder.open(parent);
    await holder.kill();
    const dataDir = await openDataDir(parent);
    expect(dataDir.instanceId).toBe(held.instanceId);
    await dataDir.close();
  });

  it('is not taken from a process that is only stopped', async () => {
    const holder = await Other.start();
    await holder.open(parent);
    holder.process.kill('SIGSTOP');
    await expect(openDataDir(parent)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
  });

  it('goes to exactly one of eight processes that race for a dead one', async () => {
    let racers = await Promise.all(Array.from({ length: 8 }, () => Other.start()));
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.all(racers.map((racer) => racer.open(parent)));
      const winners = racers.filter((_, index) => outcomes[index]!.instanceId);
      expect(winners, `round ${round}: ${JSON.stringify(outcomes)}`).toHaveLength(1);
      expect(outcomes.filter(({ code }) => code === 'DATA_DIR_IN_USE')).toHaveLength(7);
      // The next round races for what the killed winner leaves.
      await winners[0]!.kill();
      racers = [...racers.filter((racer) => racer !== winners[0]), await Other.start()];
    }
  }, 60_000);

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
