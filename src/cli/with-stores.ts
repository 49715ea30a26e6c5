import { UploadLeases } from '../assets/upload-leases.js';
import type { Config } from '../config.js';
import { AfterimageError } from '../errors.js';
import type { ModelManifest } from '../inference/model-manifest.js';
import { loadModel } from '../inference/model-registry.js';
import { Releasers } from '../releasers.js';
import { openFolder, openStores, type Stores } from '../stores.js';

export interface OpenStores extends Stores {
  readonly manifest: ModelManifest;
  /** Names whoever works on the library, as `DataDir.instanceId` does. */
  readonly instanceId: string;
  readonly leaseMs: number;
  readonly uploads: UploadLeases;
}

/**
 * Opens what a library is kept in, for a command that neither serves nor works, and closes it afterwards. Where nothing
 * of it is in the data directory the servers may go on running.
 * @throws DATA_DIR_IN_USE where a part is embedded and a server runs, else as `openStores`
 */
export async function withStores(
  config: Config,
  use: (stores: OpenStores) => Promise<void>,
  options: { isReadOnly?: boolean } = {},
): Promise<void> {
  const releasers = new Releasers();
  try {
    const { manifest } = await loadModel(config.model, config.modelsDir);
    const { path, instanceId } = releasers.add(await openFolder(config).catch(withAdvice));
    const stores = await openStores(config, path, manifest, releasers, options);
    const { leaseMs } = config;
    const uploads = releasers.add(await UploadLeases.open(stores.database.prisma, stores.blobs, instanceId, leaseMs));
    await use({ ...stores, manifest, instanceId, leaseMs, uploads });
  } finally {
    await releasers.release();
  }
}

function withAdvice(error: unknown): never {
  if (!(error instanceof AfterimageError) || error.code !== 'DATA_DIR_IN_USE') throw error;
  throw new AfterimageError('DATA_DIR_IN_USE', `${error.message}: stop the server first`, { cause: error });
}
