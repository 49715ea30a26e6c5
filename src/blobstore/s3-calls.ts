import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3ServiceException,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';

// The most that one request may name.
const DELETE_BATCH = 1_000;

/** Why one object of many was not deleted. */
class DeleteRefused extends Error {
  override readonly name = 'DeleteRefused';

  constructor(
    readonly key: string,
    /** S3's own, such as AccessDenied. */
    readonly code: string,
  ) {
    super(`${key}: ${code}`);
  }
}

/** Deletes objects in as few requests as can be. @returns those that were not deleted */
export async function deleteObjects(client: S3Client, bucket: string, keys: readonly string[]) {
  const refused: DeleteRefused[] = [];
  for (let at = 0; at < keys.length; at += DELETE_BATCH) {
    const objects = keys.slice(at, at + DELETE_BATCH).map((Key) => ({ Key }));
    const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } });
    useContentMd5(command);
    const { Errors = [] } = await client.send(command);
    for (const { Key = '', Code = 'InternalError' } of Errors)
      if (Code !== 'NoSuchKey') refused.push(new DeleteRefused(Key, Code));
  }
  return refused;
}

/** The names of the objects under `Prefix`, a page at a time. */
export async function* listObjects(client: S3Client, where: { Bucket: string; Prefix: string }): AsyncIterable<string> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, where))
    for (const { Key } of Contents) if (Key) yield Key;
}

/** Gives up the multipart uploads under `prefix` that began before `before` and that `isOurs`. */
export async function abortUploads(
  client: S3Client,
  { Bucket, Prefix }: { Bucket: string; Prefix: string },
  before: Date,
  isOurs: (key: string) => boolean,
): Promise<void> {
  for await (const { Key, UploadId, Initiated } of listUploads(client, Bucket, Prefix)) {
    if (!Key || !UploadId || !Initiated || Initiated >= before || !isOurs(Key)) continue;
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch((error: unknown) => {
      // Another process has swept it, or it has ended after all.
      if (!isS3Error(error, 'NoSuchUpload')) throw error;
    });
  }
}

export function isS3Error(error: unknown, ...names: string[]): boolean {
  return error instanceof S3ServiceException && names.includes(error.name);
}

async function* listUploads(client: S3Client, Bucket: string, Prefix: string): AsyncIterable<MultipartUpload> {
  let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
  for (;;) {
    const command = new ListMultipartUploadsCommand({ Bucket, Prefix, ...after });
    const page = await client.send(command).catch((error: unknown) => {
      // A server that cannot list uploads ends them itself.
      if (isS3Error(error, 'NotImplemented')) return null;
      throw error;
    });
    if (!page) return;
    yield* page.Uploads ?? [];
    if (!page.IsTruncated) return;
    after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}

/** S3 demands a checksum here; of all there are, Content-MD5 is the one that every compatible server knows. */
function useContentMd5(command: DeleteObjectsCommand): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string>; body: string };
      for (const name of Object.keys(request.headers))
        if (/^x-amz-(?:sdk-)?checksum-/i.test(name)) delete request.headers[name];
      request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'useContentMd5' },
  );
}
