import { readFile } from 'node:fs/promises';
import { loadOnce } from '../load-once.js';

/** PGlite's code, compiled once in a process: the threads of all databases that it opens share it. */
export const compiledPglite = loadOnce(async () => {
  const entry = import.meta.resolve('@electric-sql/pglite');
  return WebAssembly.compile(await readFile(new URL('pglite.wasm', entry)));
});
