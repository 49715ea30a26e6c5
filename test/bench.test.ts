import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = 'bench';
const IMPORT = /import \{([^}]*)\} from '#dist\/([^']+)'/g;
const OWN_IMPORT = /import \{([^}]*)\} from '(\.[^']+)'/g;
const EXPORT = /export (?:async )?(?:function\*?|class|const) (\w+)/g;

const benchmarks = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
const namesIn = (list: string) => list.split(',').map((each) => each.trim().split(' as ')[0]!);

// They are run by hand, now and then, and are no TypeScript: nobody else notices that a name is gone.
it('the benchmarks import what there is', async () => {
  const missing: string[] = [];
  let count = 0;
  for (const file of benchmarks)
    for (const [, names, path] of readFileSync(join(FOLDER, file), 'utf8').matchAll(IMPORT)) {
      const module = (await import(new URL(`../dist/${path}`, import.meta.url).href)) as object;
      for (const name of namesIn(names!)) {
        if (name === '') continue;
        count++;
        if (!(name in module)) missing.push(`${file}: ${name} of ${path}`);
      }
    }
  expect(missing).toEqual([]);
  expect(count).toBeGreaterThan(50);
});

// Not imported: some of them are processes.
it('the benchmarks import what there is of each other', () => {
  const missing: string[] = [];
  let count = 0;
  for (const file of benchmarks)
    for (const [, names, path] of readFileSync(join(FOLDER, file), 'utf8').matchAll(OWN_IMPORT)) {
      const source = readFileSync(join(FOLDER, dirname(file), path!), 'utf8');
      const exported = new Set([...source.matchAll(EXPORT)].map(([, name]) => name));
      for (const name of namesIn(names!)) {
        if (name === '') continue;
        count++;
        if (!exported.has(name)) missing.push(`${file}: ${name} of ${path}`);
      }
    }
  expect(missing).toEqual([]);
  expect(count).toBeGreaterThan(30);
});
