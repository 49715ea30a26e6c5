import { runApp } from './run-app.js';
import { whereDataIs } from './where-data-is.js';
import type { App } from '../app.js';
import type { Config } from '../config.js';

/** Does what its role is until it is told to stop. */
export async function serve(config: Config): Promise<void> {
  const { isStopped } = await runApp(config, async (app, stopping) => {
    const url = await app.listen();
    if (config.role === 'worker') printWorker(config, url);
    else printAddresses(app, config, url);
    printModel(app, config);
    await aborted(stopping);
  });
  endIf(isStopped);
}

/** A job that was given back may go on for a while, and nobody waits for it any more. */
export function endIf(isStopped: boolean): void {
  if (isStopped) process.exit();
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function printWorker(config: Config, url: string): void {
  console.log(`
  Worker      runs jobs, and serves nothing but its health and metrics
  Data        ${whereDataIs(config)}
  Health      ${url}/ready
  Stop        Ctrl+C
`);
}

/** A setting that is passed over must not look as if it were not. */
function printModel({ model: { id, isAsSet } }: App, { model }: Config): void {
  if (isAsSet) return;
  console.log(`  The library is searched by the model ${id}; MODEL=${model} is for new libraries.`);
  console.log(`  To change it: changeModel, or "reindex --model ${model}".\n`);
}

export function printAddresses({ isOpen }: App, config: Config, url: string): void {
  console.log(`
  Playground  ${url}/playground
  API         ${url}/graphql
  Data        ${whereDataIs(config)}
  Sign-in     ${isOpen ? 'none: everybody on this machine is ADMIN, until the first key is made' : 'with an API key'}
  Stop        Ctrl+C
`);
}
