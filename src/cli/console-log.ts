import type { ChoiceLog } from '../inference/model-files.js';

/** For a command that somebody watches. */
export const CONSOLE_LOG: ChoiceLog = {
  info: (message) => console.log(`  ${message}`),
  warn: (message) => console.error(`  ${message}`),
};
