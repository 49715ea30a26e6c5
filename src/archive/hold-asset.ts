import { setTimeout as sleep } from 'node:timers/promises';
import type { AssetLine } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import { AfterimageError } from '../errors.js';

const POLL_MS = 1_000;
// How long after the end of a lease somebody ought to have swept it.
const MARGIN_MS = 30_000;

type Named = Pick<AssetLine['asset'], 'id' | 'originalName'>;

/** As `UploadLeases.begin`, but waits for the lease of an import that died to run out. @throws UPLOAD_INTERRUPTED */
export function beginAsset({ uploads }: ArchiveParts, asset: Named, libraryId: string): Promise<void> {
  return waiting(uploads, asset, () => uploads.begin(asset.id, libraryId));
}

/** As `UploadLeases.hold`, with the same patience. @throws UPLOAD_INTERRUPTED */
export function holdAsset(
  { uploads }: ArchiveParts,
  asset: Named,
  libraryId: string,
  act: () => Promise<void>,
): Promise<void> {
  return waiting(uploads, asset, () => uploads.hold(asset.id, libraryId, act));
}

async function waiting(
  uploads: ArchiveParts['uploads'],
  { id, originalName }: Named,
  attempt: () => Promise<void>,
): Promise<void> {
  let deadline: number | undefined;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (!(cause instanceof AfterimageError) || cause.code !== 'UPLOAD_INTERRUPTED') throw cause;
      deadline ??= Date.now() + (await uploads.remainingMs(id)) + MARGIN_MS;
      if (Date.now() > deadline) {
        const message = `expected nobody at work on ${id} (${originalName}), received a lease that does not end`;
        throw new AfterimageError('UPLOAD_INTERRUPTED', message, { cause });
      }
      await sleep(POLL_MS);
      await uploads.sweep();
    }
  }
}
