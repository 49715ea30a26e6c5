import { tidyName } from '../name.js';

/** Of a request, and of a set. */
export const MAX_LABELS = 1_000;

/** What two spellings of one label have in common: "Red Fox" and "red fox" are the same label. */
export function labelKey(label: string): string {
  return tidyName(label).toLowerCase();
}
