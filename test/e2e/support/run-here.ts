import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { vi } from 'vitest';
import { DEFAULTS, type Ending, type Environment } from './afterimage-process.js';
import { createProgram } from '#dist/cli/program.js';
import { SETTINGS } from '#dist/config.js';

/** What a command sets for its process: where temporary files are, beside the settings that it is given. */
const VARIABLES = [...SETTINGS.map(({ name }) => name), 'TMPDIR', 'TEMP'];

/**
 * Runs a command as `run` does, but in this process, which has the program loaded: one of its own takes seconds to start.
 * For what a command does and says, one at a time; that the process ends, and what it leaves when it is killed, is to be
 * tested on one.
 */
export async function runHere(args: readonly string[], environment: Environment): Promise<Ending> {
  const [out, err] = [new Collector(), new Collector()];
  const { TMPDIR, TEMP } = process.env;
  const variables: Readonly<Record<string, string | undefined>> = { ...DEFAULTS, TMPDIR, TEMP, ...environment };
  for (const name of VARIABLES) vi.stubEnv(name, variables[name]);
  vi.stubGlobal('console', new Console(out, err));
  const spies = [
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.write(text)),
    // The log.
    vi.spyOn(pino, 'destination').mockReturnValue(err as unknown as ReturnType<typeof pino.destination>),
    vi.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Exit(Number(code));
    }),
  ];
  const endingWith = (code: number): Ending => ({ code, signal: null, stdout: out.text, stderr: err.text });
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return endingWith(Number(process.exitCode ?? 0));
  } catch (error) {
    if (error instanceof Exit) return endingWith(error.code);
    throw error;
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
  }
}

class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

class Exit extends Error {
  constructor(readonly code: number) {
    super(`exit with code ${code}`);
  }
}
