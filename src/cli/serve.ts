import { pino, type Logger } from 'pino';
import { reportAndExit } from './report.js';
import { createApp, type App } from '../app.js';
import type { Config } from '../config.js';

const STOP_TIMEOUT_MS = 30_000;

export function createLogger({ logLevel }: Config): Logger {
  // To standard error: what a command prints for people stays readable.
  return pino({ level: logLevel, name: 'afterimage' }, pino.destination(2));
}

/** Serves until it is told to stop. */
export async function serve(config: Config): Promise<void> {
  const app = await startApp(config);
  const url = await app.listen();
  printAddresses(app, url);
}

/** The app, closed in good order when the process is told to stop. */
export async function startApp(config: Config): Promise<App> {
  const app = await createApp(config, createLogger(config));
  let isStopping = false;
  const stop = () => {
    // Who asks twice does not want to wait.
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    app.close().then(() => process.exit(0), reportAndExit);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return app;
}

export function printAddresses({ isOpen }: App, url: string): void {
  console.log(`
  Playground  ${url}/playground
  API         ${url}/graphql
  Sign-in     ${isOpen ? 'none: everybody on this machine is ADMIN, until the first key is made' : 'with an API key'}
  Stop        Ctrl+C
`);
}
