import { resolve } from 'node:path';
import type { CatalogueEntry } from './catalogue.js';
import { readExport, type ExportFacts, type ReadExport } from './export/read-export.js';
import { installModel } from './install-model.js';
import { checkModelId, modelIdFrom, snapshotReference } from './model-reference.js';
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
 * @throws INVALID_ARGUMENT (the id), MODEL_NOT_FOUND, and as `installModel`; nothing is left of what failed
 */
export async function addModel(
  folder: string,
  modelsDir: string,
  options: ModelOptions,
  confirm: Confirm,
): Promise<ModelManifest | undefined> {
  const path = resolve(folder);
  const ofHub = snapshotReference(path, options.id);
  const id = ofHub?.id ?? (options.id === undefined ? modelIdFrom(path) : checkModelId(options.id));
  const source = ofHub ? `${ofHub.repository}@${ofHub.revision}` : path;
  await checkFree(resolve(modelsDir, id));
  const read = await readExport(path, { ...factsOf(ofHub?.entry, options), id, source });
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
const UNKNOWN: Pick<CatalogueEntry, 'languages' | 'license' | 'logits'> = { languages: ['und'], license: 'unknown' };

/** What the user says, or else the catalogue. @param entry of these weights, if it has one */
export function factsOf(entry: CatalogueEntry | undefined, options: ModelOptions): Omit<ExportFacts, 'id' | 'source'> {
  const { languages, license, logits } = entry ?? UNKNOWN;
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { languages, license, publishedLogits: logits, ...given };
}
