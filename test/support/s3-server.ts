import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { beginUpload, completeUpload, deleteObjects, errorXml, listObjects, listUploads } from './s3-answers.js';
import { S3Failure } from './s3-failure.js';
import { S3Objects } from './s3-objects.js';
import { verifySignature } from './s3-signature.js';

export const S3_BUCKET = 'pictures';
export const S3_KEYS = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };

/** What a test makes of a request before it is answered: an error of S3, or silence. */
export type S3Fault = (operation: string, key: string) => S3Failure | 'silence' | undefined;

/**
 * One bucket behind the REST protocol of S3, as strict as S3 where a client could go wrong: signatures and the SHA-256
 * in them are verified, parts must be large enough and in order, and what S3 has and this has not is refused. It
 * refuses the newer checksums, as many compatible servers do. It stands beside fauxqs, which verifies no signature,
 * cannot list uploads and fails on no command.
 */
export async function startS3Server() {
  const folder = await mkdtemp(join(tmpdir(), 'afterimage-s3-'));
  const store = new S3Objects(folder);
  const state = { fault: (() => undefined) as S3Fault, undeletable: new Set<string>(), operations: [] as string[] };

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url!, `http://${request.headers.host}`);
    const [bucket, ...segments] = decodeURIComponent(url.pathname.slice(1)).split('/');
    const key = segments.join('/');
    const sha256 = verifySignature(request, url, { [S3_KEYS.accessKeyId]: S3_KEYS.secretAccessKey });
    if (Object.keys(request.headers).some((name) => /^x-amz-(?:sdk-)?checksum/.test(name)))
      throw new S3Failure(501, 'NotImplemented');
    if (bucket !== S3_BUCKET) throw new S3Failure(404, 'NoSuchBucket');

    const query = url.searchParams;
    const operation = operationOf(request.method!, key, query);
    state.operations.push(operation);
    const fault = state.fault(operation, key);
    if (fault === 'silence') return;
    if (fault) throw fault;

    const uploadId = query.get('uploadId') ?? '';
    const receive = () => store.store(request, Number(request.headers['content-length']), sha256);
    const send = (body: string) => response.setHeader('content-type', 'application/xml').end(body);
    const done = (status: number, headers: Record<string, string> = {}) => response.writeHead(status, headers).end();
    switch (operation) {
      case 'HeadBucket':
        return done(200);
      case 'ListObjectsV2':
        return send(listObjects(store, query));
      case 'ListMultipartUploads':
        return send(listUploads(store, query));
      case 'DeleteObjects':
        return send(await deleteObjects(store, request, state.undeletable));
      case 'CreateMultipartUpload':
        return send(beginUpload(store, key));
      case 'CompleteMultipartUpload':
        return send(await completeUpload(store, request, uploadId, key));
      case 'AbortMultipartUpload':
        await store.abort(uploadId, key);
        return done(204);
      case 'UploadPart': {
        const { parts } = store.upload(uploadId, key);
        const part = await receive();
        parts.set(Number(query.get('partNumber')), part);
        return done(200, { etag: part.etag });
      }
      case 'PutObject': {
        const file = await receive();
        await store.put(key, file);
        return done(200, { etag: file.etag });
      }
      default:
        return sendObject(store, request, response, key, query);
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const { status, code } = error instanceof S3Failure ? error : new S3Failure(500, 'InternalError');
      response.writeHead(status, { 'content-type': 'application/xml' });
      return response.end(request.method === 'HEAD' ? undefined : errorXml(code));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    state,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await rm(folder, { recursive: true });
    },
  };
}

const OPERATIONS: Readonly<Record<string, string>> = {
  'HEAD bucket': 'HeadBucket',
  'GET bucket list-type': 'ListObjectsV2',
  'GET bucket uploads': 'ListMultipartUploads',
  'POST bucket delete': 'DeleteObjects',
  'POST key uploads': 'CreateMultipartUpload',
  'POST key uploadId': 'CompleteMultipartUpload',
  'DELETE key uploadId': 'AbortMultipartUpload',
  'PUT key uploadId': 'UploadPart',
  'PUT key': 'PutObject',
  'GET key': 'GetObject',
  'HEAD key': 'HeadObject',
};

function operationOf(method: string, key: string, query: URLSearchParams): string {
  const selector = ['list-type', 'uploads', 'delete', 'uploadId'].filter((name) => query.has(name));
  const operation = OPERATIONS[[method, key ? 'key' : 'bucket', ...selector].join(' ')];
  if (!operation) throw new S3Failure(501, 'NotImplemented');
  return operation;
}

async function sendObject(
  { objects }: S3Objects,
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
  query: URLSearchParams,
) {
  const object = objects.get(key);
  if (!object) throw new S3Failure(404, 'NoSuchKey');
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (request.headers.range && (!range || Number(range[1]) >= object.byteSize))
    throw new S3Failure(416, 'InvalidRange');
  const start = range ? Number(range[1]) : 0;
  const end = Math.min(range ? Number(range[2]) : Infinity, object.byteSize - 1);
  response.writeHead(range ? 206 : 200, {
    etag: object.etag,
    'last-modified': object.modifiedAt.toUTCString(),
    'content-type': query.get('response-content-type') ?? 'application/octet-stream',
    'content-length': end - start + 1,
    ...(range && { 'content-range': `bytes ${start}-${end}/${object.byteSize}` }),
    ...optional('content-disposition', query.get('response-content-disposition')),
    ...optional('cache-control', query.get('response-cache-control')),
  });
  if (request.method === 'HEAD' || object.byteSize === 0) return response.end();
  return pipeline(createReadStream(object.path, { start, end }), response);
}

function optional(name: string, value: string | null): Record<string, string> {
  return value === null ? {} : { [name]: value };
}
