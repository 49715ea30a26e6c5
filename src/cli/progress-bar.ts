import { Presets, SingleBar, type Options } from 'cli-progress';

/** @param format as cli-progress has it; what it counts comes after the bar */
export function createProgressBar(format: string, options: Options = {}): SingleBar {
  // Whoever stops a command stops it in order, bar and all.
  return new SingleBar({ format, hideCursor: true, gracefulExit: false, ...options }, Presets.shades_classic);
}
