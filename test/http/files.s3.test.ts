import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { S3BlobStore } from '#dist/blobstore/s3.js';
import { parseConfig } from '#dist/config.js';
import { AfterimageError } from '#dist/errors.js';
import { createBareServer } from '#dist/http/bare-server.js';
import type { HttpDependencies } from '#dist/http/dependencies.js';
import { registerFiles } from '#dist/http/files.js';
import { S3Failure } from '../support/s3-failure.js';
import { S3_BUCKET, S3_KEYS, startS3Server } from '../support/s3-server.js';

const PATH = '/files/library/asset/original?s=signature';

it.each(['proxy', 'redirect'] as const)('delivers a file of S3, by %s', async (delivery) => {
  const s3 = await startS3Server();
  const temporaryDir = await mkdtemp(join(tmpdir(), 'afterimage-s3-copies-'));
  const blobs = await S3BlobStore.open({
    endpoint: s3.endpoint,
    region: 'us-east-1',
    bucket: S3_BUCKET,
    credentials: S3_KEYS,
    prefix: '',
    forcePathStyle: true,
    delivery,
    temporaryDir,
  });
  await blobs.write('key', Readable.from([Buffer.from('0123456789')]));
  const file = { blobKey: 'key', mimeType: 'image/png', downloadName: 'Boot (ä).png' };
  const server = createBareServer(parseConfig({}), pino({ level: 'silent' }));
  registerFiles(server, { links: { resolve: () => Promise.resolve(file) }, blobs } as unknown as HttpDependencies);
  const address = await server.listen({ host: '127.0.0.1', port: 0 });

  const first = await fetch(`${address}${PATH}`, { redirect: 'manual' });
  expect(first.status).toBe(delivery === 'proxy' ? 200 : 302);
  await first.arrayBuffer();
  const isEtagged = first.headers.has('etag');
  expect(isEtagged).toBe(delivery === 'proxy');

  const answer = await fetch(`${address}${PATH}`, { headers: { range: 'bytes=2-4' } });
  expect([answer.status, await answer.text()]).toEqual([206, '234']);
  expect(new URL(answer.url).origin).toBe(delivery === 'proxy' ? address : s3.endpoint);
  expect(answer.headers.get('content-type')).toBe('image/png');
  expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''Boot%20%28%C3%A4%29.png");
  expect(answer.headers.get('cache-control')).toContain('immutable');
  expect((await fetch(`${address}${PATH}`, { method: 'HEAD', redirect: 'error' })).status).toBe(200);

  s3.state.fault = (operation) => (operation === 'GetObject' ? new S3Failure(403, 'AccessDenied') : undefined);
  if (delivery === 'proxy') await expectNotToBeKept(await fetch(`${address}${PATH}`));
  // As a proxy before S3 that answers with a page.
  s3.state.fault = () => new S3Failure(403, '<p>');
  const { errors } = (await (await fetch(`${address}${PATH}`)).json()) as { errors: object[] };
  expect(errors).toEqual([
    {
      message: expect.stringMatching(/^expected the blob store to read "key", received \w+$/) as string,
      extensions: { code: 'BLOB_STORE_FAILED', isRetryable: true },
    },
  ]);

  await server.close();
  await blobs.close();
  await s3.close();
  await rm(temporaryDir, { recursive: true });
});

it('says of an error nothing that it says of a file, also where the file fails before its first byte', async () => {
  const failing = new Readable({ read: () => void failing.destroy(new AfterimageError('BLOB_STORE_FAILED', 'no')) });
  const blobs = {
    stat: () => Promise.resolve({ byteSize: 10 }),
    readUrl: () => Promise.resolve(null),
    read: () => Promise.resolve(failing),
  };
  const file = { blobKey: 'key', mimeType: 'image/png', downloadName: 'Boot.png' };
  const server = createBareServer(parseConfig({}), pino({ level: 'silent' }));
  registerFiles(server, { links: { resolve: () => Promise.resolve(file) }, blobs } as unknown as HttpDependencies);
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  await expectNotToBeKept(await fetch(`${address}${PATH}`, { headers: { range: 'bytes=2-4' } }));
  await server.close();
});

async function expectNotToBeKept(answer: Response): Promise<void> {
  expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([503, expect.toSatisfy(isSomeSeconds)]);
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BLOB_STORE_FAILED' } }] });
  for (const name of ['cache-control', 'etag', 'content-disposition', 'content-range', 'accept-ranges'])
    expect(answer.headers.get(name), name).toBeNull();
}

function isSomeSeconds(value: number): boolean {
  return value > 0 && value < 60;
}
