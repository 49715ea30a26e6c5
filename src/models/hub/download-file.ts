import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkFile } from './file-check.js';
import { reasonOf, type HubClient, type HubResponse } from './hub-client.js';
import { downloadFailed, PassingFailure } from './hub-errors.js';
import type { HubFile, HubListing } from './hub-listing.js';
import { withRetries, type RetryOptions } from './retry.js';

interface DownloadOptions {
  readonly retries: RetryOptions;
  /** Told how many bytes of the file are here, also when that becomes fewer. */
  readonly onBytes: (byteCount: number) => void;
}

/** What makes an attempt worth its connection: with one byte a time it would go on for ever. */
const MIN_PROGRESS = 1 << 16;

/**
 * Downloads one file and checks it. It is at `target` only when it is whole; until then what has come is in
 * `target.part`, where the next call goes on, in this process or another.
 * @throws MODEL_DOWNLOAD_FAILED naming the file; a part that turned out wrong is deleted
 */
export async function downloadFile(
  hub: HubClient,
  { repository, commit }: Pick<HubListing, 'repository' | 'commit'>,
  file: HubFile,
  target: string,
  { retries, onBytes }: DownloadOptions,
): Promise<void> {
  if (await exists(target)) return onBytes(file.byteSize ?? (await sizeOf(target)));
  await mkdir(dirname(target), { recursive: true });
  const part = new Part(target);
  const path = `/${repository}/resolve/${encodeURIComponent(commit)}/${file.path.split('/').map(encodeURIComponent).join('/')}`;
  let mark = await part.byteCount();
  const hasProgressed = () => {
    if (part.received < mark + MIN_PROGRESS) return false;
    mark = part.received;
    return true;
  };
  const known = await withRetries(retries, () => receive(hub, path, file, part, onBytes), hasProgressed);
  try {
    await checkFile(part.path, known);
  } catch (error) {
    await part.remove();
    throw error;
  }
  await part.finish();
}

/** One attempt. @returns the file with what the answer's headers said of it, where the listing did not */
async function receive(
  hub: HubClient,
  path: string,
  file: HubFile,
  part: Part,
  onBytes: (byteCount: number) => void,
): Promise<HubFile> {
  const start = await part.byteCount();
  if (start > 0 && start === file.byteSize) return file;
  const etag = await part.readEtag();
  // Without the tag of what was begun nobody can say that the rest belongs to it, unless a checksum will.
  const canResume = start > 0 && (etag !== undefined || file.sha256 !== undefined);
  const range = canResume ? { range: `bytes=${start}-`, ...(etag === undefined ? {} : { 'if-range': etag }) } : {};
  const response = await hub.get(path, file.path, range);
  if (response.statusCode === 416) {
    await response.body.dump();
    await part.remove();
    const what = nameOf(file);
    const actual = totalOf(response);
    if (file.byteSize !== undefined && actual !== undefined && actual !== file.byteSize)
      throw downloadFailed({ what, received: `a file of ${actual}` });
    throw new PassingFailure({ what, received: `status 416 for what is after the first ${start}` });
  }
  const known = withHeaders(file, response);
  const isResumed = response.statusCode === 206 && startOf(response) === start;
  if (response.statusCode === 206 && !isResumed) {
    await response.body.dump();
    await part.remove();
    throw new PassingFailure({ what: file.path, received: 'another part of it than was asked for' });
  }
  await part.write(response, isResumed ? start : 0, known, onBytes);
  return known;
}

function nameOf({ byteSize, path }: HubFile): string {
  return byteSize === undefined ? path : `${byteSize} bytes of ${path}`;
}

class Part {
  readonly path: string;
  /** Bytes that are in it by now. */
  received = 0;

  constructor(private readonly target: string) {
    this.path = `${target}.part`;
  }

  async byteCount(): Promise<number> {
    return (this.received = (await exists(this.path)) ? await sizeOf(this.path) : 0);
  }

  readEtag(): Promise<string | undefined> {
    return readFile(this.#etagFile, 'utf8').catch(() => undefined);
  }

  async write(
    { headers, body }: HubResponse,
    start: number,
    file: HubFile,
    onBytes: (byteCount: number) => void,
  ): Promise<void> {
    if (start === 0) await this.#rememberEtag(headers['etag']);
    const { byteSize = Infinity } = file;
    const handle = await open(this.path, start === 0 ? 'w' : 'a');
    try {
      this.received = start;
      onBytes(start);
      for await (const chunk of chunksOf(body, file.path)) {
        this.received += chunk.length;
        // Before it is written: what a server sends without end does not fill the disk.
        if (this.received > byteSize) break;
        await handle.writeFile(chunk);
        onBytes(this.received);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const what = nameOf(file);
    if (this.received > byteSize) {
      await this.remove();
      throw downloadFailed({ what, received: 'more' });
    }
    if (file.byteSize !== undefined && this.received < byteSize)
      throw new PassingFailure({ what, received: String(this.received) });
  }

  async finish(): Promise<void> {
    await rename(this.path, this.target);
    await rm(this.#etagFile, { force: true });
  }

  async remove(): Promise<void> {
    this.received = 0;
    await rm(this.path, { force: true });
    await rm(this.#etagFile, { force: true });
  }

  get #etagFile(): string {
    return `${this.target}.etag`;
  }

  async #rememberEtag(etag: string | undefined): Promise<void> {
    // A weak tag says that two contents mean the same, not that their bytes are the same.
    if (etag === undefined || etag.startsWith('W/')) await rm(this.#etagFile, { force: true });
    else await writeFile(this.#etagFile, etag);
  }
}

/** What breaks in the body is the line's fault; what breaks while it is written is not. */
async function* chunksOf(body: HubResponse['body'], what: string): AsyncIterable<Buffer> {
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const { done, value } = await iterator.next().catch((cause: unknown) => {
        throw new PassingFailure({ what, received: `a part of it (${reasonOf(cause)})`, cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    body.destroy();
  }
}

/** A mirror may list its files without sizes; the hub says them with the file too. */
function withHeaders(file: HubFile, { statusCode, headers, hubHeaders }: HubResponse): HubFile {
  const length = statusCode === 206 ? totalOf({ headers }) : toNumber(headers['content-length']);
  const size = file.byteSize ?? toNumber(hubHeaders['x-linked-size']) ?? length;
  const tag = (hubHeaders['x-linked-etag'] ?? hubHeaders['etag'] ?? '').replaceAll('"', '');
  const isUnchecked = file.sha256 === undefined && file.gitBlobId === undefined;
  return {
    path: file.path,
    byteSize: size,
    sha256: isUnchecked && /^[0-9a-f]{64}$/.test(tag) ? tag : file.sha256,
    gitBlobId: isUnchecked && /^[0-9a-f]{40}$/.test(tag) ? tag : file.gitBlobId,
  };
}

function toNumber(digits: string | undefined): number | undefined {
  return digits !== undefined && /^\d+$/.test(digits) ? Number(digits) : undefined;
}

/** Of the whole file, where the answer is about a part. */
function totalOf({ headers }: Pick<HubResponse, 'headers'>): number | undefined {
  return toNumber(/\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]);
}

function startOf({ headers }: HubResponse): number | undefined {
  return toNumber(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1]);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}
