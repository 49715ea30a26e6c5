import { createProgressBar } from './progress-bar.js';

/** Is told how far a command has come, and what it has to say. */
export interface Progress {
  readonly onProgress: (done: number, total: number) => void;
  readonly say: (line: string) => void;
  /** As `say`, of what could not be done: the exit code is 1. */
  readonly fail: (line: string) => void;
}

/**
 * Shows how far something comes, where there is a terminal, and after its end, good or bad, what was said meanwhile: lines
 * would run into a bar that is drawn anew.
 * @param what is counted, in the plural
 */
export async function withProgress<Result>(
  what: string,
  act: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  const bar = createProgressBar(`  {bar} {value}/{total} ${what}`);
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  try {
    return await act({
      onProgress: (done, total) => (bar.isActive ? bar.update(done) : bar.start(total, done)),
      say,
      fail: (line) => {
        say(line);
        process.exitCode = 1;
      },
    });
  } finally {
    bar.stop();
    for (const line of lines) console.log(`  ${line}`);
  }
}
