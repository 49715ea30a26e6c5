import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { AfterimageError } from '../errors.js';
import type { ModelManifest } from '../inference/model-manifest.js';
import { loadModel } from '../inference/model-registry.js';
import { Releasers } from '../releasers.js';
import { openStores, type Stores } from '../stores.js';

export interface OpenStores extends Stores {
  readonly manifest: ModelManifest;
  /** Names whoever works on the library, as `DataDir.instanceId` does. */
  readonly instanceId: string;
  readonly leaseMs: number;
  readonly releasers: Releasers;
}

/**
 * Opens what a library is kept in, for a command that neither serves nor works, and closes it afterwards. Where nothing
 * of it is in the data directory the servers may go on running.
 * @throws DATA_DIR_IN_USE where a part is embedded and a server runs, else as `openStores`
 */
export async function withStores(config: Config, use: (stores: OpenStores) => Promise<void>): Promise<void> {
  const releasers = new Releasers();
  try {
    const { manifest } = await loadModel(config.model, config.modelsDir);
    const { path, instanceId } = await holdFolder(config, releasers);
    const stores = await openStores(config, path, manifest, releasers);
    await use({ ...stores, manifest, instanceId, leaseMs: config.leaseMs, releasers });
  } finally {
    await releasers.release();
  }
}

async function holdFolder(config: Config, releasers: Releasers): Promise<{ path: string; instanceId: string }> {
  if (!(config.databaseUrl && config.qdrant && config.s3))
    return releasers.add(await openDataDir(config.dataDir).catch(withAdvice));
  // For temporary files alone. The data directory is the server's.
  const path = await mkdtemp(join(tmpdir(), 'afterimage-'));
  return releasers.add({ path, instanceId: randomUUID(), close: () => rm(path, { recursive: true, force: true }) });
}

function withAdvice(error: unknown): never {
  if (!(error instanceof AfterimageError) || error.code !== 'DATA_DIR_IN_USE') throw error;
  throw new AfterimageError('DATA_DIR_IN_USE', `${error.message}: stop the server first`, { cause: error });
}
