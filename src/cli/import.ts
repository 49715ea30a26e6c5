import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProgressBar } from './progress-bar.js';
import { runApp } from './run-app.js';
import type { Viewer } from '../access/viewer.js';
import type { App } from '../app.js';
import { MAX_IDS, type AssetsService } from '../assets/assets.service.js';
import type { IngestOutcome } from '../assets/ingest.service.js';
import type { Config } from '../config.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { mapLimited } from '../map-limited.js';

const CONCURRENCY = 4;
const POLL_MS = 200;
const BACKLOG_POLL_MS = 1_000;
const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/** Imports a folder and waits until every picture of it has been processed. */
export async function importFolder(config: Config, folder: string): Promise<void> {
  const paths = await picturesIn(folder);
  const { isStopped } = await runApp(config, async (app, stopping) => {
    const summary = await importPictures(app, paths, stopping);
    printSummary(summary);
    if (summary.refused.length > 0) process.exitCode = 1;
  });
  if (isStopped) process.exitCode = 1;
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
  /** Rejected at once, or found to be damaged when they were processed. */
  readonly refused: readonly { readonly originalName: string; readonly code: string; readonly message: string }[];
}

/** What is remembered of a file, of which there may be a hundred thousand. */
type Imported =
  | { readonly type: 'uploaded' | 'duplicate'; readonly id: string; readonly isPending: boolean }
  | Extract<IngestOutcome, { type: 'rejected' }>;

/**
 * Takes files in by the same way as uploads, waits until each has been processed, and shows how far that has come.
 * @throws once it is told to stop, when nothing is under way any more
 */
export async function importPictures(
  app: App,
  paths: readonly string[],
  stopping: AbortSignal,
): Promise<ImportSummary> {
  const { services, admin } = app;
  const bar = createProgressBar('  {bar} {value}/{total} pictures');
  bar.start(paths.length, 0);
  try {
    const imported = await mapLimited(CONCURRENCY, paths, async (path) => {
      stopping.throwIfAborted();
      return toImported(await ingest(app, path, stopping));
    });
    let waiting = imported.flatMap((each) => (each.type !== 'rejected' && each.isPending ? each.id : []));
    for (;;) {
      stopping.throwIfAborted();
      bar.update(paths.length - waiting.length);
      if (waiting.length === 0) break;
      const first = waiting.slice(0, MAX_IDS);
      const found = await services.assets.findMany(admin, first);
      const pending = first.filter((id) => found.get(id)?.state === 'PENDING');
      waiting = [...pending, ...waiting.slice(MAX_IDS)];
      if (pending.length > 0) await sleep(POLL_MS, undefined, { signal: stopping });
    }
    return await summarise(services.assets, admin, imported);
  } finally {
    bar.stop();
  }
}

/** Waits while the library has too much to do. */
async function ingest({ services, admin }: App, path: string, stopping: AbortSignal): Promise<IngestOutcome> {
  for (;;) {
    const file = { originalName: basename(path), open: () => createReadStream(path) };
    const outcome = await services.ingest.ingest(admin, file);
    if (outcome.type !== 'rejected' || outcome.code !== 'BACKLOG_FULL') return outcome;
    await sleep(BACKLOG_POLL_MS, undefined, { signal: stopping });
  }
}

function toImported(outcome: IngestOutcome): Imported {
  if (outcome.type === 'rejected') return outcome;
  const { id, state } = outcome.asset;
  return { type: outcome.type, id, isPending: state === 'PENDING' };
}

async function summarise(assets: AssetsService, viewer: Viewer, imported: readonly Imported[]): Promise<ImportSummary> {
  const uploadedIds = imported.flatMap((each) => (each.type === 'uploaded' ? each.id : []));
  const failed: Asset[] = [];
  for (let start = 0; start < uploadedIds.length; start += MAX_IDS) {
    const ids = uploadedIds.slice(start, start + MAX_IDS);
    const found = await assets.findMany(viewer, ids);
    failed.push(...[...found.values()].filter(({ state }) => state === 'FAILED'));
  }
  return {
    uploaded: uploadedIds.length - failed.length,
    duplicates: imported.filter(({ type }) => type === 'duplicate').length,
    refused: [
      ...imported.filter((each) => each.type === 'rejected'),
      ...failed.map(({ originalName, failureCode, failureMessage }) => ({
        originalName,
        code: failureCode!,
        message: failureMessage!,
      })),
    ],
  };
}

export function printSummary({ uploaded, duplicates, refused }: ImportSummary): void {
  console.log(
    `  ${uploaded} imported, ${duplicates} already there${refused.length > 0 ? `, ${refused.length} refused` : ''}`,
  );
  for (const { originalName, code, message } of refused) console.log(`  ${originalName}: ${message} [${code}]`);
}
