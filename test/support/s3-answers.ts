import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { S3Failure } from './s3-failure.js';
import type { S3Objects } from './s3-objects.js';

const PAGE = 1_000;
const MAX_DELETED = 1_000;

/** ListObjectsV2 */
export function listObjects({ objects }: S3Objects, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token');
  // Opaque to clients, so that one which takes it for a key finds nothing.
  const after = token === null ? '' : Buffer.from(token, 'base64url').toString();
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, PAGE);
  const contents = page.map((key) => {
    const { byteSize, modifiedAt, etag } = objects.get(key)!;
    const fields = tag('Key', key) + tag('LastModified', modifiedAt.toISOString()) + tag('ETag', etag);
    return `<Contents>${fields}${tag('Size', byteSize)}</Contents>`;
  });
  const isTruncated = keys.length > page.length;
  const next = isTruncated ? tag('NextContinuationToken', Buffer.from(page.at(-1)!).toString('base64url')) : '';
  const head = tag('IsTruncated', isTruncated) + tag('KeyCount', page.length);
  return xml('ListBucketResult', `${head}${next}${contents.join('')}`);
}

/** ListMultipartUploads, one on a page, so that a client must go on */
export function listUploads({ uploads }: S3Objects, query: URLSearchParams): string {
  const found = [...uploads]
    .filter(([, { key }]) => key.startsWith(query.get('prefix') ?? ''))
    .sort(([a, { key: keyA }], [b, { key: keyB }]) => compare(`${keyA} ${a}`, `${keyB} ${b}`));
  const after = `${query.get('key-marker') ?? ''} ${query.get('upload-id-marker') ?? ''}`;
  const left = found.filter(([id, { key }]) => after === ' ' || `${key} ${id}` > after);
  const [first] = left;
  if (!first) return xml('ListMultipartUploadsResult', tag('IsTruncated', false));
  const [id, { key, initiated }] = first;
  const next = tag('NextKeyMarker', key) + tag('NextUploadIdMarker', id) + tag('IsTruncated', left.length > 1);
  const upload = tag('Key', key) + tag('UploadId', id) + tag('Initiated', initiated.toISOString());
  return xml('ListMultipartUploadsResult', `${next}<Upload>${upload}</Upload>`);
}

/** DeleteObjects */
export async function deleteObjects(store: S3Objects, request: IncomingMessage, undeletable: ReadonlySet<string>) {
  const body = await bodyOf(request);
  if (request.headers['content-md5'] !== createHash('md5').update(body).digest('base64'))
    throw new S3Failure(400, 'InvalidRequest');
  const keys = values(body, 'Key');
  if (keys.length === 0 || keys.length > MAX_DELETED || !body.includes('<Quiet>true</Quiet>'))
    throw new S3Failure(400, 'MalformedXML');
  for (const key of keys) if (!undeletable.has(key)) await store.delete(key);
  const refused = keys.filter((key) => undeletable.has(key));
  const errors = refused.map((key) => `<Error>${tag('Key', key)}${tag('Code', 'AccessDenied')}</Error>`);
  return xml('DeleteResult', errors.join(''));
}

/** CompleteMultipartUpload */
export async function completeUpload(store: S3Objects, request: IncomingMessage, id: string, key: string) {
  const body = await bodyOf(request);
  const etags = values(body, 'ETag');
  const listed = values(body, 'PartNumber').map((number, index) => ({ number: Number(number), etag: etags[index]! }));
  await store.complete(id, key, listed);
  return xml('CompleteMultipartUploadResult', tag('Key', key));
}

export function beginUpload(store: S3Objects, key: string): string {
  return xml('InitiateMultipartUploadResult', tag('Key', key) + tag('UploadId', store.begin(key)));
}

export function errorXml(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error>${tag('Code', code)}${tag('Message', `${code}: try later`)}</Error>`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return (await buffer(request)).toString();
}

function xml(root: string, content: string): string {
  const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
  return `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="${namespace}">${content}</${root}>`;
}

// Keys of the tests and what is made here need no other escape.
function tag(name: string, value: string | number | boolean): string {
  return `<${name}>${String(value).replaceAll('"', '&quot;')}</${name}>`;
}

function values(body: string, name: string): string[] {
  return [...body.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value = '']) =>
    value.replaceAll('&quot;', '"'),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
