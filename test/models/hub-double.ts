import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** Answers a request in another way than a hub would. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse, file: Buffer) => void;

export interface Asked {
  readonly host: 'hub' | 'cdn';
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * A hub with one repository, owner/tiny, on two ports as a hub has two hosts: large files are redirected to where they
 * are. It misbehaves when it is told to.
 */
export class HubDouble {
  readonly asked: Asked[] = [];
  /** By the path of a file, or 'list': what the next requests are answered with, one after the other. */
  readonly misbehaviours = new Map<string, Misbehaviour[]>();
  /** Whether the listing says sizes and checksums. */
  listsBlobs = true;
  /** By the path of a file: how many bytes more than it has the listing says. */
  readonly excess = new Map<string, number>();
  readonly files: Map<string, Buffer>;
  #servers: ReturnType<typeof createServer>[] = [];
  url = '';
  #cdnUrl = '';

  constructor(folder: string, paths: readonly string[]) {
    this.files = new Map(paths.map((path) => [path, readFileSync(join(folder, path))]));
  }

  async start(): Promise<void> {
    this.#cdnUrl = await this.#listen((request, response) => this.#answer('cdn', request, response));
    this.url = await this.#listen((request, response) => this.#answer('hub', request, response));
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }

  misbehave(path: string, ...misbehaviours: Misbehaviour[]): void {
    this.misbehaviours.set(path, misbehaviours);
  }

  /** Ranges that were asked for, of one file. */
  rangesOf(path: string): (string | undefined)[] {
    return this.asked.filter((each) => each.host === 'cdn' && each.path.endsWith(path)).map(({ range }) => range);
  }

  async #listen(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    this.#servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #answer(host: Asked['host'], request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url!, 'http://hub');
    const { range, 'if-range': ifRange, authorization } = request.headers;
    this.asked.push({ host, path: pathname, range, ifRange: ifRange as string | undefined, authorization });
    const isListing = pathname === '/api/models/owner/tiny/revision/main';
    const path = isListing ? 'list' : pathname.replace(`/owner/tiny/resolve/${COMMIT}/`, '');
    const file = this.files.get(path);
    const isLarge = file !== undefined && file.length > LARGE;
    if (host === 'cdn' || !isLarge) {
      const misbehaviour = this.misbehaviours.get(path)?.shift();
      if (misbehaviour) return misbehaviour(request, response, file ?? Buffer.alloc(0));
    }
    if (isListing) return void response.end(JSON.stringify(this.#listing()));
    if (!file) return void response.writeHead(404).end('Entry not found');
    if (host === 'hub' && isLarge)
      return void response
        .writeHead(302, {
          location: `${this.#cdnUrl}${pathname}?signature=secret`,
          'x-linked-size': file.length,
          'x-linked-etag': `"${sha256(file)}"`,
        })
        .end();
    sendFile(request, response, file);
  }

  #listing(): object {
    const siblings = [...this.files].map(([rfilename, file]) => {
      if (!this.listsBlobs) return { rfilename };
      const isLarge = file.length > LARGE;
      const size = file.length + (this.excess.get(rfilename) ?? 0);
      const lfs = isLarge ? { lfs: { sha256: sha256(file), size } } : {};
      return { rfilename, size, blobId: gitBlob(file), ...lfs };
    });
    return { sha: COMMIT, siblings };
  }
}

const LARGE = 10_000;

export function sendFile(request: IncomingMessage, response: ServerResponse, file: Buffer): void {
  const etag = `"${sha256(file).slice(0, 16)}"`;
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const ifRange = request.headers['if-range'];
  if (from === undefined || (ifRange !== undefined && ifRange !== etag))
    return void response.writeHead(200, { 'content-length': file.length, etag }).end(file);
  const start = Number(from);
  if (start >= file.length) return void response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
  response
    .writeHead(206, {
      'content-length': file.length - start,
      'content-range': `bytes ${start}-${file.length - 1}/${file.length}`,
      etag,
    })
    .end(file.subarray(start));
}

/** Sends the beginning and then cuts the line. */
export const cutAfter =
  (bytes: number): Misbehaviour =>
  (_request, response, file) => {
    response.writeHead(200, { 'content-length': file.length, etag: `"${sha256(file).slice(0, 16)}"` });
    response.write(file.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
  };

export const status =
  (code: number, headers: Record<string, string> = {}): Misbehaviour =>
  (_request, response) =>
    void response.writeHead(code, headers).end('no');

/** Sends other bytes, without a word about their number. */
export const instead =
  (change: (file: Buffer) => Buffer): Misbehaviour =>
  (_request, response, file) =>
    void response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(change(file));

export function flipBit(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  copy[100]! ^= 1;
  return copy;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function gitBlob(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
