import { z } from 'zod';
import type { HubClient } from './hub-client.js';
import { downloadFailed, PassingFailure } from './hub-errors.js';
import { withRetries, type RetryOptions } from './retry.js';
import { parseJson } from '../../parse-json.js';

const infoSchema = z.object({
  sha: z.string().regex(/^[\w-][\w.-]*$/),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.int().nonnegative().optional(),
      blobId: z.string().optional(),
      lfs: z.object({ sha256: z.string(), size: z.int().nonnegative() }).nullish(),
    }),
  ),
});

const SHA256 = /^[0-9a-f]{64}$/;
const GIT_BLOB_ID = /^[0-9a-f]{40}$/;

/** A file of a repository and what the hub says of it, by which a download is checked. */
export interface HubFile {
  readonly path: string;
  readonly byteSize: number | undefined;
  /** Of large files, which the hub keeps outside git. */
  readonly sha256: string | undefined;
  /** Of the others: git's name of the content, a SHA-1. */
  readonly gitBlobId: string | undefined;
}

export interface HubListing {
  readonly repository: string;
  /** The commit that the revision stands for: all files are taken from the same one, whatever is pushed meanwhile. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/**
 * Asks a hub which files a repository has.
 * @throws MODEL_DOWNLOAD_FAILED
 */
export async function listRepository(
  hub: HubClient,
  repository: string,
  revision: string,
  retries: RetryOptions,
): Promise<HubListing> {
  const what = `the files of ${repository}@${revision}`;
  const path = `/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const text = await withRetries(retries, async () => {
    const { body } = await hub.get(path, what, { accept: 'application/json' });
    return body.text().catch((cause: unknown) => {
      throw new PassingFailure({ what, received: 'half an answer', cause });
    });
  });
  const parsed = infoSchema.safeParse(parseJson(text));
  if (!parsed.success) throw downloadFailed({ what, received: 'something else', cause: parsed.error });
  const { sha: commit, siblings } = parsed.data;
  const files = siblings.map(({ rfilename, size, blobId, lfs }) => ({
    path: rfilename,
    byteSize: lfs?.size ?? size,
    sha256: lfs && SHA256.test(lfs.sha256) ? lfs.sha256 : undefined,
    gitBlobId: !lfs && blobId !== undefined && GIT_BLOB_ID.test(blobId) ? blobId : undefined,
  }));
  return { repository, commit, files };
}
