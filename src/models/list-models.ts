import { CATALOGUE, type CatalogueEntry } from './catalogue.js';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ExecutionProvider } from '../inference/execution-provider.js';
import { MeasuredTimes } from '../inference/measured-times.js';
import { parseModelManifest, type ModelManifest } from '../inference/model-manifest.js';
import { listModels } from '../inference/model-registry.js';

export interface ListedModel extends Omit<CatalogueEntry, 'hub' | 'logits'> {
  readonly isInstalled: boolean;
  readonly repository?: string;
  readonly megabytes?: NonNullable<CatalogueEntry['hub']>['megabytes'];
  /** As it was measured on a processor like this one, by its fastest files. */
  readonly msPerPicture?: number;
  readonly msPerText?: number;
}

/**
 * The catalogue, and after it the models of the folder that are not in it. A folder without a good manifest is passed over,
 * and one with that of another model, as which nobody finds it.
 */
export async function listAll(modelsDir: string, provider: ExecutionProvider): Promise<ListedModel[]> {
  const installed = new Map<string, ModelManifest>();
  for (const name of await listModels(modelsDir)) {
    const file = join(modelsDir, name, 'model.json');
    const json = await readFile(file, 'utf8').catch(() => undefined);
    if (json === undefined) continue;
    try {
      const manifest = parseModelManifest(json, file);
      if (manifest.id === name) installed.set(name, manifest);
    } catch {
      // `models check` and the server say what is wrong with it.
    }
  }
  const known = CATALOGUE.map(({ hub, logits: _logits, ...entry }) => ({
    ...entry,
    isInstalled: installed.has(entry.id),
    ...(hub ? { repository: hub.repository } : {}),
    ...(hub?.megabytes ? { megabytes: hub.megabytes } : {}),
  }));
  const others = [...installed]
    .filter(([name]) => !CATALOGUE.some(({ id }) => id === name))
    .map(([id, { languages, license, dimension, image, source = '' }]) => ({
      id,
      about: source,
      languages,
      license,
      dimension,
      inputSize: image.width,
      isInstalled: true,
    }));
  return Promise.all(
    [...known, ...others].map(async (model) => {
      const manifest = installed.get(model.id);
      if (!manifest) return model;
      const times = await MeasuredTimes.read({ manifest, folder: resolve(modelsDir, model.id), provider });
      return { ...model, msPerPicture: times.best('image'), msPerText: times.best('text') };
    }),
  );
}
