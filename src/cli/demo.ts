import { fileURLToPath } from 'node:url';
import { filesIn } from './found-files.js';
import { printSummary } from './import-summary.js';
import { importFiles } from './import.js';
import { runApp } from './run-app.js';
import { aborted, endIf, printAddresses } from './serve.js';
import type { App } from '../app.js';
import type { Config } from '../config.js';

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
const QUERIES = ['boats at sunset', 'a cup of coffee', 'galaxies'];
const SHOWN = 3;

/** Imports the sample pictures, shows what three searches find among them, and serves until it is told to stop. */
export async function demo(config: Config): Promise<void> {
  const { isStopped } = await runApp(config, async (app, stopping) => {
    // First, so that a port in use is known before anything is imported.
    const url = await app.listen();
    console.log(`\nImporting the sample pictures into ${config.dataDir}`);
    const { files } = await filesIn(SAMPLES);
    // Whose they are is written beside them.
    const pictures = files.filter(({ name }) => !name.endsWith('.md'));
    printSummary(await importFiles(app, app.admin, pictures, stopping));
    await printSearches(app);
    printAddresses(app, config, url);
    await aborted(stopping);
  });
  endIf(isStopped);
}

async function printSearches({ services, admin }: App): Promise<void> {
  console.log('\nWhat searches by meaning find; none of these pictures was tagged:\n');
  for (const query of QUERIES) {
    const { edges } = await services.search.byText(admin, { query, first: SHOWN, mode: 'SEMANTIC' });
    edges.forEach(({ node, score }, rank) => {
      const asked = rank === 0 ? `"${query}"` : '';
      console.log(`  ${asked.padEnd(20)}${node.originalName.padEnd(30)}${score!.toFixed(3).padStart(6)}`);
    });
  }
}
