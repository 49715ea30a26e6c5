import type { Config } from './config.js';
import { AfterimageError, expected } from './errors.js';
import { loadModel, type LoadedModel } from './inference/model-registry.js';

/**
 * The files of a model that a library has embeddings of, by its id: a folder of that name in MODELS_DIR, or else that of the
 * setting, which may have any name and be anywhere.
 * @throws as `loadModel`; MODEL_INVALID for a folder with another model in it
 */
export async function findModel(id: string, config: Pick<Config, 'model' | 'modelsDir'>): Promise<LoadedModel> {
  const found = await loadModel(id, config.modelsDir).catch(async (error: unknown) => {
    if (!(error instanceof AfterimageError) || error.code !== 'MODEL_NOT_FOUND') throw error;
    const configured = await loadModel(config.model, config.modelsDir).catch(() => undefined);
    if (configured?.manifest.id !== id) throw error;
    return configured;
  });
  const { folder, manifest } = found;
  if (manifest.id === id) return found;
  throw new AfterimageError('MODEL_INVALID', expected(id, `the id of the model in ${folder}`, manifest.id));
}
