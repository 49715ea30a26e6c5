import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import pLimit from 'p-limit';
import { createLogger } from './serve.js';
import { createApp, type App } from '../app.js';
import type { IngestOutcome } from '../assets/ingest.service.js';
import type { Config } from '../config.js';
import { AfterimageError, expected } from '../errors.js';

const CONCURRENCY = 4;
const POLL_MS = 200;
const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/** Imports a folder and waits until every picture of it has been processed. */
export async function importFolder(config: Config, folder: string): Promise<void> {
  const app = await createApp(config, createLogger(config));
  try {
    const { uploaded, duplicates, rejected } = await importPictures(app, await picturesIn(folder));
    console.log(`${uploaded} imported, ${duplicates} already there, ${rejected.length} rejected`);
    for (const { originalName, code, message } of rejected) console.log(`  ${originalName}: ${message} [${code}]`);
    if (rejected.length > 0) process.exitCode = 1;
  } finally {
    await app.close();
  }
}

/** Paths of the pictures in a folder and its folders, by their names' endings, in order. */
export async function picturesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new AfterimageError('INVALID_ARGUMENT', expected('a folder that can be read', 'folder', folder), { cause });
  });
  return entries
    .filter((entry) => entry.isFile() && PICTURE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export interface ImportSummary {
  readonly uploaded: number;
  readonly duplicates: number;
  readonly rejected: readonly (IngestOutcome & { type: 'rejected' })[];
}

/** Takes files in by the same way as uploads, and shows how far the library has come with processing them. */
export async function importPictures({ services, admin }: App, paths: readonly string[]): Promise<ImportSummary> {
  const bar = new SingleBar({ format: '  {bar} {value}/{total} pictures', hideCursor: true }, Presets.shades_classic);
  bar.start(paths.length, 0);
  const outcomes = await pLimit(CONCURRENCY).map([...paths], (path) =>
    services.ingest.ingest(admin, { originalName: basename(path), open: () => createReadStream(path) }),
  );
  const rejected = outcomes.filter((outcome) => outcome.type === 'rejected');
  for (;;) {
    const pending = await services.assets.count(admin, { states: ['PENDING'] });
    bar.update(paths.length - Math.min(pending, paths.length));
    if (pending === 0) break;
    await sleep(POLL_MS);
  }
  bar.stop();
  return {
    uploaded: outcomes.filter(({ type }) => type === 'uploaded').length,
    duplicates: outcomes.filter(({ type }) => type === 'duplicate').length,
    rejected,
  };
}
