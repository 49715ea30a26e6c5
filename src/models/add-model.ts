import { resolve } from 'node:path';
import { CATALOGUE } from './catalogue.js';
import { readExport, type ExportFacts, type ReadExport } from './export/read-export.js';
import { installModel } from './install-model.js';
import { checkModelId, modelIdFrom } from './model-reference.js';
import { checkFree, openStaging } from './staging.js';
import type { ModelManifest } from '../inference/model-manifest.js';

/** What a user may say of a model, whatever its files say. */
export type ModelOptions = Partial<
  Pick<ExportFacts, 'id' | 'languages' | 'license' | 'templates' | 'logitScale' | 'logitBias'>
>;

/** Shows what was read. @returns whether it is to be installed */
export type Confirm = (read: ReadExport) => Promise<boolean>;

/**
 * Takes an export of a folder in as a model. The folder itself is left as it is.
 * @returns the model; undefined when it was not confirmed
 * @throws INVALID_ARGUMENT (the id), MODEL_EXISTS, MODEL_NOT_FOUND, MODEL_INVALID; nothing is left of what failed
 */
export async function addModel(
  folder: string,
  modelsDir: string,
  options: ModelOptions,
  confirm: Confirm,
): Promise<ModelManifest | undefined> {
  const path = resolve(folder);
  const id = options.id === undefined ? modelIdFrom(path) : checkModelId(options.id);
  await checkFree(resolve(modelsDir, id));
  const read = await readExport(path, { ...UNKNOWN, source: path, ...defined(options), id });
  if (!(await confirm(read))) return undefined;
  const staging = await openStaging(modelsDir, id, `folder ${path}`);
  try {
    return await installModel(read, staging, { isOwn: false });
  } finally {
    await staging.discard();
    await staging.close();
  }
}

/** `und`: the languages are not known (BCP 47). */
export const UNKNOWN = { languages: ['und'], license: 'unknown' } as const;

export function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Facts of a catalogue entry. */
export function factsOf(entry: (typeof CATALOGUE)[number] | undefined): Partial<ExportFacts> {
  if (!entry) return {};
  const { languages, license, logits } = entry;
  return { languages, license, ...(logits ? { publishedLogits: logits } : {}) };
}
