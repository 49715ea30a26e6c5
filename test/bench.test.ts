import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = 'bench';
const IMPORT = /import \{([^}]*)\} from '#dist\/([^']+)'/g;

// They are run by hand, now and then, and are no TypeScript: nobody else notices that a name is gone.
it('the benchmarks import what there is', async () => {
  const missing: string[] = [];
  let count = 0;
  for (const file of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs')))
    for (const [, names, path] of readFileSync(join(FOLDER, file), 'utf8').matchAll(IMPORT)) {
      const module = (await import(new URL(`../dist/${path}`, import.meta.url).href)) as object;
      for (const name of names!.split(',').map((each) => each.trim().split(' as ')[0]!)) {
        if (name === '') continue;
        count++;
        if (!(name in module)) missing.push(`${file}: ${name} of ${path}`);
      }
    }
  expect(missing).toEqual([]);
  expect(count).toBeGreaterThan(50);
});
