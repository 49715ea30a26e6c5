import { createReadStream } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderCollections } from './folder-collections.js';
import { filesIn, unreadable, type FoundFile, type Refusal } from './found-files.js';
import {
  isWhole,
  printLeftOut,
  printStopped,
  printSummary,
  summarise,
  type Imported,
  type ImportSummary,
} from './import-summary.js';
import { createProgressBar } from './progress-bar.js';
import { runApp } from './run-app.js';
import { readWords, withSidecars, type FoundPicture, type SidecarWords } from './sidecars.js';
import type { Viewer } from '../access/viewer.js';
import type { App } from '../app.js';
import { MAX_TAGS, toTag, type AssetFields } from '../assets/asset-fields.js';
import { MAX_IDS } from '../assets/assets.service.js';
import { unsupported } from '../assets/image-decoder.js';
import type { IncomingFile } from '../assets/incoming-file.js';
import type { IngestOutcome, IngestService } from '../assets/ingest.service.js';
import { BEGINNING_BYTES, pictureKind } from '../assets/picture-kind.js';
import type { Config } from '../config.js';
import { mapLimited } from '../map-limited.js';

const CONCURRENCY = 4;
// Each piece costs a turn of several threads, whatever its size.
const PIECE_BYTES = 256 << 10;
const POLL_MS = 200;
const BACKLOG_POLL_MS = 1_000;

interface ImportOptions {
  /** Of each that is new, beside its own. */
  readonly tags?: readonly string[];
  /** The imported folder, where the pictures of each folder are put into a collection. */
  readonly collectionsOf?: string;
}

/** Imports a folder and waits until every picture of it has been processed. The exit code is 1 when one was left out. */
export async function importFolder(
  config: Config,
  folder: string,
  { library, tag: tags, collections }: { library: string; tag?: readonly string[]; collections?: true },
): Promise<void> {
  const { files, refused, leftOut } = await filesIn(folder, config.dataDir);
  const { isStopped } = await runApp(config, async (app, stopping) => {
    const collectionsOf = collections && folder;
    const summary = await importFiles(app, await app.adminOf(library), files, stopping, { tags, collectionsOf });
    const all = { ...summary, refused: [...refused, ...summary.refused] };
    printSummary(all);
    printLeftOut(leftOut);
    if (!isWhole(all)) process.exitCode = 1;
  });
  if (isStopped) process.exitCode = 1;
}

/**
 * Takes the pictures among files in by the same way as uploads, waits until each has been processed, and shows how far
 * that has come.
 * @throws once it is told to stop, when nothing is under way any more
 */
export async function importFiles(
  { services }: App,
  viewer: Viewer,
  files: readonly FoundFile[],
  stopping: AbortSignal,
  { tags = [], collectionsOf }: ImportOptions = {},
): Promise<ImportSummary> {
  const bar = createProgressBar('  {bar} {value}/{total} files');
  const pictures = withSidecars(files);
  // Before the first of them is refused for it.
  for (const tag of tags) toTag(tag, '--tag');
  const folders = collectionsOf && new FolderCollections(services.collections, viewer, collectionsOf, pictures);
  bar.start(pictures.length, 0);
  const counts = { uploaded: 0, duplicate: 0, rejected: 0, other: 0 };
  try {
    const imported = await mapLimited(CONCURRENCY, pictures, async (file) => {
      stopping.throwIfAborted();
      const outcome = await importFile(services.ingest, viewer, file, tags, stopping);
      counts[outcome.type]++;
      if (folders) await folders.note(file, outcome);
      return outcome;
    });
    let waiting = imported.flatMap((each) => ('isPending' in each && each.isPending ? each.id : []));
    for (;;) {
      stopping.throwIfAborted();
      bar.update(pictures.length - waiting.length);
      if (waiting.length === 0) break;
      const first = waiting.slice(0, MAX_IDS);
      const found = await services.assets.findMany(viewer, first);
      const pending = first.filter((id) => found.get(id)?.state === 'PENDING');
      waiting = [...pending, ...waiting.slice(MAX_IDS)];
      if (pending.length > 0) await sleep(POLL_MS, undefined, { signal: stopping });
    }
    const summary = await summarise(services.assets, viewer, pictures, imported);
    return folders
      ? { ...summary, refused: [...summary.refused, ...folders.refused], collectionCount: folders.names.size }
      : summary;
  } finally {
    bar.stop();
    if (stopping.aborted) printStopped(counts, pictures.length);
  }
}

async function importFile(
  ingest: IngestService,
  viewer: Viewer,
  file: FoundPicture,
  tags: readonly string[],
  stopping: AbortSignal,
): Promise<Imported> {
  let byteSize: number;
  try {
    const found = await lookInto(file);
    byteSize = found.byteSize;
    const kind = pictureKind(file.name, found.beginning);
    if (kind === 'other') return { type: 'other' };
    if (kind === 'unsupported') throw unsupported(`a ${extname(file.name)} file`);
  } catch (cause) {
    const { code, message } = unreadable(cause);
    return { type: 'rejected', code, message };
  }
  const { fields = {}, capture, badSidecar }: Words = file.sidecar ? await wordsOf(file.sidecar) : {};
  const said = fields.tags
    ? { ...fields, tags: [...new Set([...tags, ...fields.tags])].slice(0, MAX_TAGS) }
    : { ...fields, addTags: tags };
  const open = () => Readable.from(contentOf(file.path), { objectMode: false });
  const incoming = { originalName: file.name, open, byteSize, capture };
  const outcome = await ingestWithRoom(ingest, viewer, incoming, said, stopping);
  if (outcome.type === 'rejected') return { type: 'rejected', code: outcome.code, message: outcome.message };
  const { id, state } = outcome.asset;
  return { type: outcome.type, id, isPending: state === 'PENDING', badSidecar };
}

type Words = Partial<SidecarWords> & { readonly badSidecar?: Omit<Refusal, 'name'> };

/** A picture is taken in also where what lies beside it cannot be read. */
async function wordsOf(sidecar: FoundFile): Promise<Words> {
  try {
    return await readWords(sidecar);
  } catch (cause) {
    const { code, message } = unreadable(cause);
    return { badSidecar: { code, message } };
  }
}

async function lookInto({ path }: FoundFile): Promise<{ readonly beginning: Buffer; readonly byteSize: number }> {
  const file = await openFile(path);
  try {
    const { size: byteSize } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    return { beginning: buffer.subarray(0, bytesRead), byteSize };
  } finally {
    await file.close();
  }
}

/** Waits while the library has too much to do. */
async function ingestWithRoom(
  ingest: IngestService,
  viewer: Viewer,
  file: IncomingFile,
  fields: AssetFields,
  stopping: AbortSignal,
): Promise<IngestOutcome> {
  for (;;) {
    const outcome = await ingest.ingest(viewer, file, fields);
    if (outcome.type !== 'rejected' || outcome.code !== 'BACKLOG_FULL') return outcome;
    await sleep(BACKLOG_POLL_MS, undefined, { signal: stopping });
  }
}

/** Its failure is this machine's, not that of a sender. */
async function* contentOf(path: Buffer): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw unreadable(cause);
  }
}
