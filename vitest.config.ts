import { existsSync, statfsSync } from 'node:fs';
import { availableMemory } from 'node:process';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { V8_FLAGS } from './test/support/v8-flags.js';

/** The files that take longest first, so that none of them ends alone: those that start the program again and again. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/test/e2e/');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/**
 * A database is a thousand files, and there are hundreds of them: they are kept in memory where there is plenty, which
 * takes a tenth of the time off. Processes inherit it.
 */
const MEMORY = '/dev/shm';
if (!process.env['TMPDIR'] && hasPlenty(MEMORY)) process.env['TMPDIR'] = MEMORY;

function hasPlenty(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return Math.min(bavail * bsize, availableMemory()) > 6 * 2 ** 30;
}

// Tests import the compiled code (`#dist/*`), the same files that users run, so worker threads, decorators and
// child processes are the real ones. `npm test` builds first.
export default defineConfig({
  // Vite would take graphql's other build, whose types are strangers to those of the compiled code.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Loading the program takes longer than most files; they share nothing else that one of them could leave behind.
    isolate: false,
    // More than the processors that there may be: many tests wait. Fewer where there is little memory.
    maxWorkers: availableMemory() > 8 * 2 ** 30 ? 4 : 3,
    execArgv: V8_FLAGS,
    sequence: { sequencer: LongestFirst },
    // A machine that is busy with other things starts a process, or loads a model, as slowly as it likes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    server: { deps: { external: [/\/dist\//] } },
  },
});
