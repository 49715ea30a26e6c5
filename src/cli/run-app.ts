import { pino } from 'pino';
import { createApp, type App, type AppOptions } from '../app.js';
import type { Config } from '../config.js';
import { createLogger } from '../logger.js';
import { keepTemporaryFilesIn } from '../temporary-files.js';

/**
 * Builds the app, uses it, and closes it in good order: at the end, when `use` fails, and when the process is told to
 * stop, from the first moment on.
 *
 * @param use is told by the signal to come to an end; what it throws after that counts for nothing
 * @returns whether the process was told to stop
 */
export async function runApp(
  config: Config,
  use: (app: App, stopping: AbortSignal) => Promise<void>,
  options?: AppOptions,
): Promise<{ isStopped: boolean }> {
  const { signal, abort } = stopSignal(config);
  try {
    // To standard error: what a command prints for people stays readable.
    const log = createLogger(config.logLevel, pino.destination(2));
    const app = await createApp(config, log, options);
    try {
      await keepTemporaryFilesIn(app.folder);
      if (!signal.aborted) await use(app, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await app.close();
    }
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
  return { isStopped: signal.aborted };
}

function stopSignal({ stopDelayMs, stopTimeoutMs }: Config): { signal: AbortSignal; abort: () => void } {
  const stopping = new AbortController();
  const abort = () => {
    // Who asks twice does not want to wait.
    if (stopping.signal.aborted) process.exit(1);
    stopping.abort();
    setTimeout(() => process.exit(1), stopDelayMs + stopTimeoutMs).unref();
  };
  process.on('SIGINT', abort).on('SIGTERM', abort);
  return { signal: stopping.signal, abort };
}
