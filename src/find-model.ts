import type { Config } from './config.js';
import { AfterimageError, expected } from './errors.js';
import { loadModel, readManifest, type LoadedModel } from './inference/model-registry.js';

type Setting = Pick<Config, 'model' | 'modelsDir'>;

/**
 * The files of a model that a library has embeddings of, by its id: those of the setting, which may have any name and be
 * anywhere, or else a folder of that name in MODELS_DIR.
 * @throws as `loadModel`; MODEL_INVALID for a folder with another model in it
 */
export async function findModel(id: string, config: Setting): Promise<LoadedModel> {
  const isConfigured = (await configuredId(config)) === id;
  const found = await loadModel(isConfigured ? config.model : id, config.modelsDir);
  const { folder, manifest } = found;
  if (manifest.id === id) return found;
  throw new AfterimageError('MODEL_INVALID', expected(id, `the id of the model in ${folder}`, manifest.id));
}

/** The id of the model of the setting; undefined where that is not there any more. */
export async function configuredId({ model, modelsDir }: Setting): Promise<string | undefined> {
  return readManifest(model, modelsDir).then(
    ({ manifest }) => manifest.id,
    () => undefined,
  );
}
