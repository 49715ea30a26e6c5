import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { V8_FLAGS } from '../../support/v8-flags.js';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
// Shorter than a lease, so that whoever waits for one of a dead process to run out is too late.
const WAIT_TIMEOUT_MS = 50_000;
const ADDRESS = /Playground {2}(http:\S+)\/playground|Health {6}(http:\S+)\/ready/;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string>>;

// Searches are slow on a busy machine, and would say so on stderr. A second thread with the model costs each start as much
// as the first.
export const DEFAULTS: Environment = { SLOW_SEARCH_MS: '60000', WORKERS: '1' };

/** Says when what a test holds is to be released. */
export type WhenOver = (release: () => Promise<void>) => void;

/** A process of the real program, killed when the test that started it is over. */
export class AfterimageProcess {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;

  /**
   * @param environment all that the program finds in its own, but for the paths that every process needs
   * @param launcher a command that starts it
   */
  constructor(
    args: readonly string[],
    environment: Environment,
    whenOver: WhenOver = onTestFinished,
    launcher: readonly string[] = [],
  ) {
    const { PATH, HOME, TMPDIR } = process.env;
    const [command, ...rest] = [...launcher, process.execPath, ...V8_FLAGS, MAIN, ...args];
    this.#child = spawn(command!, rest, {
      env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...DEFAULTS, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
    whenOver(async () => {
      this.#child.kill('SIGKILL');
      await this.ended;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The address that it serves at, once it has said so. */
  async url(): Promise<string> {
    const [, api, worker] = await this.says(ADDRESS);
    return (api ?? worker)!;
  }

  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(() => pattern.exec(this.stdout), String(pattern));
  }

  /** Waits for a condition on the world, which must come while the process lives. */
  async until<T>(
    condition: () => T | Promise<T>,
    name = 'the condition',
    { interval = 5 } = {},
  ): Promise<NonNullable<T>> {
    return vi.waitUntil(
      async () => {
        const { exitCode, signalCode } = this.#child;
        const value = await condition();
        if (!value && (exitCode !== null || signalCode !== null))
          throw new Error(
            `the process ended (${exitCode ?? signalCode}) before ${name}:\n${this.stdout}${this.stderr}`,
          );
        return value;
      },
      { timeout: WAIT_TIMEOUT_MS, interval },
    ) as Promise<NonNullable<T>>;
  }

  kill(signal: NodeJS.Signals): Promise<Ending> {
    this.#child.kill(signal);
    return this.ended;
  }
}

export function run(
  args: readonly string[],
  environment: Environment,
  launcher: readonly string[] = [],
): Promise<Ending> {
  return new AfterimageProcess(args, environment, onTestFinished, launcher).ended;
}

/** The lines of a command that failed with one clear line; fails the test where it printed more, or a stack. */
export function onlyLine({ code, stderr }: Ending): string {
  const lines = stderr.trimEnd().split('\n');
  if (code !== 1 || lines.length !== 1) throw new Error(`expected one line and code 1, received ${code}:\n${stderr}`);
  return lines[0]!;
}
