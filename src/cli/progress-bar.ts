import { Presets, SingleBar, type Options } from 'cli-progress';

/** @param format as cli-progress has it; what it counts comes after the bar */
export function createProgressBar(format: string, options: Options = {}): SingleBar {
  // Whoever stops a command stops it in order, bar and all; of one that dies the terminal has its lines wrapped as before.
  return new SingleBar({ format, gracefulExit: false, linewrap: true, ...options }, Presets.shades_classic);
}
