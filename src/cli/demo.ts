import { fileURLToPath } from 'node:url';
import { importPictures, picturesIn } from './import.js';
import { printAddresses, startApp } from './serve.js';
import type { App } from '../app.js';
import type { Config } from '../config.js';

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
const QUERIES = ['boats at sunset', 'a cup of coffee', 'galaxies'];
const SHOWN = 3;

/** Imports the sample pictures, shows what three searches find among them, and serves. */
export async function demo(config: Config): Promise<void> {
  const app = await startApp(config);
  // First, so that a port in use is known before anything is imported.
  const url = await app.listen();
  console.log(`\nImporting the sample pictures into ${config.dataDir}`);
  const { uploaded, duplicates } = await importPictures(app, await picturesIn(SAMPLES));
  console.log(`  ${uploaded} imported, ${duplicates} already there`);
  await printSearches(app);
  printAddresses(app, url);
}

async function printSearches({ services, admin }: App): Promise<void> {
  console.log('\nWhat searches by meaning find; none of these pictures was tagged:\n');
  for (const query of QUERIES) {
    const { edges } = await services.search.byText(admin, { query, first: SHOWN });
    edges.forEach(({ node, score }, rank) => {
      const asked = rank === 0 ? `"${query}"` : '';
      console.log(`  ${asked.padEnd(20)}${node.originalName.padEnd(30)}${score.toFixed(3).padStart(6)}`);
    });
  }
}
