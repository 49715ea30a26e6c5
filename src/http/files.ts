import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import parseRange from 'range-parser';
import type { HttpDependencies } from './dependencies.js';
import { fileNotFound } from '../assets/file-links.js';

interface FileRequest {
  Params: { libraryId: string; assetId: string; fileName: string };
  Querystring: {
    s?: string;
    /** The digest of the rendition that it was the address of. */
    v?: string;
    /** There for a file that is to be saved, whatever its value. */
    download?: string;
  };
}

// What is at an address never changes: another picture has another id, and a rendition that was made anew another version.
const FOR_EVER = 'private, max-age=31536000, immutable';
// Where the address is of another version than what is there, or what is there is about to change.
const ASK_AGAIN = 'private, no-cache';
// For as long as a page that shows the picture may be looked at before it asks anew.
const REDIRECT_SECONDS = 30 * 60;

/** Originals and renditions, with ETag and byte ranges (RFC 9110, sections 13 and 14). */
export function registerFiles(server: FastifyInstance, { links, blobs }: HttpDependencies): void {
  // HEAD by name: the one that Fastify makes of GET says that every file is empty.
  const method = ['GET', 'HEAD'];
  server.route<FileRequest>({ method, url: '/files/:libraryId/:assetId/:fileName', handler });

  async function handler(request: FastifyRequest<FileRequest>, reply: FastifyReply) {
    const { libraryId, assetId, fileName } = request.params;
    const file = await links.resolve(libraryId, assetId, fileName, request.query.s ?? '');
    const stat = await blobs.stat(file.blobKey);
    if (!stat) throw fileNotFound();

    // Also a redirect is a resource that a page of another origin embeds.
    reply.header('cross-origin-resource-policy', 'cross-origin');
    const kind = request.query.download === undefined ? 'inline' : 'attachment';
    const headers = {
      contentType: file.mimeType,
      contentDisposition: file.downloadName ? `${kind}; ${fileNames(file.downloadName)}` : undefined,
      cacheControl: request.query.v === file.version && !file.isChanging ? FOR_EVER : ASK_AGAIN,
    };
    // An address is signed for GET alone. It has no ETag: confirmed by one, a stale redirect would be followed.
    const url = request.method === 'GET' ? await blobs.readUrl(file.blobKey, REDIRECT_SECONDS, headers) : null;
    if (url) return reply.header('cache-control', `private, max-age=${REDIRECT_SECONDS}`).redirect(url, 302);

    const etag = `"${[assetId, fileName, file.version ?? []].flat().join('-')}"`;
    const isKnown = matches(request.headers['if-none-match'], etag);
    const range = isKnown ? undefined : rangeOf(request.headers, stat.byteSize, etag);
    if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${stat.byteSize}`).send();

    reply.headers({
      etag,
      'cache-control': headers.cacheControl,
      'accept-ranges': 'bytes',
      'content-type': headers.contentType,
      // A picture is shown, and never run as anything else, whatever is hidden in it.
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      ...(headers.contentDisposition && { 'content-disposition': headers.contentDisposition }),
    });
    if (isKnown) return reply.code(304).send();
    if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${stat.byteSize}`);
    reply.header('content-length', range ? range.end - range.start + 1 : stat.byteSize);
    if (request.method === 'HEAD') return reply.send();
    return reply.send(await blobs.read(file.blobKey, range));
  }
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}

/** The one range that is asked for. Several, or one in a unit that is not bytes, may be answered by the whole. */
function rangeOf(headers: { range?: string; 'if-range'?: string | string[] }, byteSize: number, etag: string) {
  if (!headers.range || (headers['if-range'] !== undefined && headers['if-range'] !== etag)) return undefined;
  const ranges = parseRange(byteSize, headers.range);
  if (ranges === -1) return 'unsatisfiable';
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  return ranges[0];
}

/** RFC 6266: a plain name for old clients, the real one in UTF-8. */
function fileNames(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `filename="${plain}"; filename*=UTF-8''${encoded}`;
}
