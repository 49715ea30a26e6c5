import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Failure } from './s3-failure.js';

const SHA256_HEX = /^[0-9a-f]{64}$/;
const SKEW_MS = 15 * 60 * 1000;

/**
 * Verifies an AWS Signature Version 4, in the header or in the address (presigned).
 * @returns what the body's SHA-256 must be in hex, or null where the signature does not cover it
 */
export function verifySignature(request: IncomingMessage, url: URL, keys: Readonly<Record<string, string>>) {
  const signed = url.searchParams.has('X-Amz-Signature') ? fromQuery(url) : fromHeader(request);
  const [accessKeyId = '', date = '', region = '', service = ''] = signed.credential.split('/');
  const secret = keys[accessKeyId];
  if (secret === undefined) throw new S3Failure(403, 'InvalidAccessKeyId');

  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const headers = signed.headers.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`);
  const canonical = [
    request.method,
    url.pathname,
    query.join('&'),
    headers.join(''),
    signed.headers.join(';'),
    signed.payload,
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', signed.time, scope, createHash('sha256').update(canonical).digest('hex')];
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  if (hmac(key, toSign.join('\n')).toString('hex') !== signed.signature)
    throw new S3Failure(403, 'SignatureDoesNotMatch');
  if (!signed.headers.includes('host')) throw new S3Failure(403, 'AccessDenied');
  return signed.payload === 'UNSIGNED-PAYLOAD' ? null : signed.payload;
}

function fromHeader(request: IncomingMessage) {
  const header = request.headers.authorization ?? '';
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([^,]+)$/.exec(header);
  const payload = String(request.headers['x-amz-content-sha256']);
  const time = String(request.headers['x-amz-date']);
  if (!parts) throw new S3Failure(403, 'AccessDenied');
  // Chunked signing (STREAMING-...) is the newer default that many compatible servers refuse.
  if (payload !== 'UNSIGNED-PAYLOAD' && !SHA256_HEX.test(payload)) throw new S3Failure(501, 'NotImplemented');
  if (Math.abs(timeOf(time) - Date.now()) > SKEW_MS) throw new S3Failure(403, 'RequestTimeTooSkewed');
  return { credential: parts[1]!, headers: parts[2]!.split(';'), signature: parts[3]!, payload, time };
}

function fromQuery(url: URL) {
  const get = (name: string) => url.searchParams.get(`X-Amz-${name}`) ?? '';
  const begin = timeOf(get('Date'));
  const isValid = begin <= Date.now() + SKEW_MS && Date.now() < begin + Number(get('Expires')) * 1000;
  if (!isValid) throw new S3Failure(403, 'AccessDenied');
  const headers = get('SignedHeaders').split(';');
  const signed = { credential: get('Credential'), headers, signature: get('Signature'), time: get('Date') };
  return { ...signed, payload: 'UNSIGNED-PAYLOAD' };
}

/** @param time as in 20260131T235959Z */
function timeOf(time: string): number {
  return Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function hmac(key: string | Buffer, value: string): Buffer {
  return createHmac('sha256', key).update(value).digest();
}

function encode(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
