import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const SAMPLES = fileURLToPath(new URL('../../../samples', import.meta.url));

/** The sample pictures, sorted by name. */
export const SAMPLE_NAMES: readonly string[] = readdirSync(SAMPLES)
  .filter((name) => name.endsWith('.jpg'))
  .sort();
