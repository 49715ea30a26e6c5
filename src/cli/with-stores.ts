import { UploadLeases } from '../assets/upload-leases.js';
import { collectionOf } from '../assets/asset-index.js';
import { ASSET_PAYLOAD } from '../assets/asset-payload.js';
import type { Config } from '../config.js';
import type { PrismaClient } from '../database/database.js';
import type { Model } from '../database/generated/client.js';
import { AfterimageError } from '../errors.js';
import { findModel } from '../find-model.js';
import { loadModel } from '../inference/model-registry.js';
import { ensureActive } from '../model-change/model-rows.js';
import { Releasers } from '../releasers.js';
import { openFolder, openStores, type OpenOptions as StoreOptions, type Stores } from '../stores.js';
import type { VectorCollection } from '../vectorstore/vectorstore.js';

/** The embeddings of one model. */
export interface OpenModel {
  readonly modelId: string;
  readonly collection: VectorCollection;
}

export interface OpenStores extends Stores {
  /** All of which there are embeddings, the active one first. */
  readonly models: readonly [OpenModel, ...OpenModel[]];
  /** Names whoever works on the library, as `DataDir.instanceId` does. */
  readonly instanceId: string;
  readonly leaseMs: number;
  readonly uploads: UploadLeases;
}

export interface OpenOptions extends Pick<StoreOptions, 'isAdopting'> {
  /** Makes nothing that is missing, and refuses instead. */
  readonly isReadOnly?: boolean;
}

/**
 * Opens what a library is kept in, for a command that neither serves nor works, and closes it afterwards. Where nothing
 * of it is in the data directory the servers may go on running, which of an earlier release no command disturbs: its
 * database is refused, unless the folder is to be taken.
 * @throws DATA_DIR_IN_USE where a part is embedded and a server runs, else as `openStores`
 */
export async function withStores(
  config: Config,
  use: (stores: OpenStores) => Promise<void>,
  options: OpenOptions = {},
): Promise<void> {
  const releasers = new Releasers();
  try {
    const dataDir = releasers.add(await openFolder(config));
    const { instanceId } = dataDir;
    const { isReadOnly = false, isAdopting = false } = options;
    // Over a folder that has nothing of its assets no server would bring it to this release.
    const migrating = isAdopting ? 'all' : isReadOnly ? 'none' : 'new';
    const stores = await openStores(config, dataDir, releasers, { migrating, isAdopting });
    const models = await openModels(config, stores, options);
    const { leaseMs } = config;
    const uploads = releasers.add(await UploadLeases.open(stores.database.prisma, stores.blobs, instanceId, leaseMs));
    await use({ ...stores, models, instanceId, leaseMs, uploads });
  } finally {
    await releasers.release();
  }
}

async function openModels(
  config: Config,
  { database, vectors }: Stores,
  { isReadOnly = false }: OpenOptions,
): Promise<readonly [OpenModel, ...OpenModel[]]> {
  const models: OpenModel[] = [];
  for (const { id, dimension } of await modelRows(config, database.prisma, isReadOnly)) {
    const name = collectionOf(id);
    if (isReadOnly && !(await vectors.hasCollection(name))) throw noCollection(name);
    const length = dimension ?? (await findModel(id, config)).manifest.dimension;
    const collection = await vectors.openCollection({ name, dimension: length, payload: ASSET_PAYLOAD });
    models.push({ modelId: id, collection });
  }
  return models as [OpenModel, ...OpenModel[]];
}

type ModelRow = Pick<Model, 'id' | 'dimension'>;

/** Where no server has ever been, the model is that of the setting. */
async function modelRows(config: Config, prisma: PrismaClient, isReadOnly: boolean): Promise<ModelRow[]> {
  const find = () =>
    prisma.model.findMany({ where: { state: { not: 'DROPPING' } }, orderBy: [{ state: 'asc' }, { id: 'asc' }] });
  const rows = await find();
  if (rows[0]?.state === 'ACTIVE') return rows;
  const { manifest } = await loadModel(config.model, config.modelsDir);
  if (isReadOnly) return [manifest];
  await ensureActive(prisma, manifest);
  return find();
}

function noCollection(name: string): AfterimageError {
  const message = `expected the collection ${name} in the vector store, received none: a server or doctor --repair makes it`;
  return new AfterimageError('VECTOR_COLLECTION_MISMATCH', message);
}
