import { join, resolve } from 'node:path';
import { factsOf, type Confirm, type ModelOptions } from './add-model.js';
import { chooseDownloads } from './choose-downloads.js';
import { areLogitsKnown, readExport } from './export/read-export.js';
import { downloadFile } from './hub/download-file.js';
import { HubClient, type HubOptions } from './hub/hub-client.js';
import { listRepository, type HubFile, type HubListing } from './hub/hub-listing.js';
import type { RetryOptions } from './hub/retry.js';
import { installModel } from './install-model.js';
import { parseModelReference } from './model-reference.js';
import { checkFree, openStaging } from './staging.js';
import { AfterimageError } from '../errors.js';
import type { Dtype, ModelManifest } from '../inference/model-manifest.js';

export interface PullOptions extends ModelOptions {
  readonly hub: HubOptions;
  readonly modelsDir: string;
  /** Which of a repository's files; the first ones that it has of these are taken. */
  readonly dtypes: readonly Dtype[];
  readonly retries?: RetryOptions;
  readonly listener?: PullListener;
}

export interface PullListener {
  /** @param totalBytes undefined where the hub does not say the size of every file */
  onStart(files: readonly HubFile[], totalBytes: number | undefined): void;
  /** Of all files together. */
  onBytes(byteCount: number): void;
  onDone(): void;
}

/**
 * Downloads a model of the catalogue, or any repository of the hub, and installs it. What an interrupted one has
 * downloaded is used by the next.
 * @param name as for `parseModelReference`
 * @returns the model; undefined when it was not confirmed
 * @throws INVALID_ARGUMENT, MODEL_DOWNLOAD_FAILED, and as `installModel`
 */
export async function pullModel(
  name: string,
  { hub: hubOptions, modelsDir, dtypes, retries = {}, listener, ...options }: PullOptions,
  confirm: Confirm,
): Promise<ModelManifest | undefined> {
  const { id, repository, revision, entry } = parseModelReference(name, options.id);
  await checkFree(resolve(modelsDir, id));
  const hub = new HubClient(hubOptions);
  try {
    const listing = await listRepository(hub, repository, revision, retries);
    const facts = factsOf(entry, options);
    const { files, encoders } = chooseDownloads(listing, dtypes, !areLogitsKnown(facts));
    const source = `${repository}@${listing.commit}`;
    const staging = await openStaging(modelsDir, id, source);
    try {
      await download(hub, listing, files, staging.downloads, retries, listener);
      const read = await readExport(staging.downloads, { ...facts, id, source }, encoders);
      if (!(await confirm(read))) return undefined;
      const manifest = await installModel(read, staging, { isOwn: true });
      await staging.discard();
      return manifest;
    } catch (error) {
      // They are what the hub has: to keep them would change nothing.
      if (error instanceof AfterimageError && error.code === 'MODEL_INVALID') await staging.discard();
      throw error;
    } finally {
      await staging.close();
    }
  } finally {
    await hub.close();
  }
}

async function download(
  hub: HubClient,
  listing: HubListing,
  files: readonly HubFile[],
  folder: string,
  retries: RetryOptions,
  listener: PullListener | undefined,
): Promise<void> {
  const sizes = files.map(({ byteSize }) => byteSize);
  listener?.onStart(files, sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + size!, 0));
  try {
    let before = 0;
    for (const file of files) {
      let ofThis = 0;
      const onBytes = (byteCount: number) => listener?.onBytes(before + (ofThis = byteCount));
      await downloadFile(hub, listing, file, join(folder, ...file.path.split('/')), { retries, onBytes });
      before += ofThis;
    }
  } finally {
    listener?.onDone();
  }
}
