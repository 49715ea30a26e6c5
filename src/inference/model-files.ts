import { join } from 'node:path';
import { AfterimageError, expected } from '../errors.js';
import type { ExecutionProvider } from './execution-provider.js';
import { InferenceThread } from './inference-thread.js';
import { knownMs } from './measure-part.js';
import { MeasuredTimes } from './measured-times.js';
import type { Dtype } from './model-manifest.js';
import type { LoadedModel, ModelPart } from './model-registry.js';

export interface FileChoice {
  /** Of a part that comes in several files. 'auto' takes the fastest by a short measurement, once a machine. */
  readonly modelDtype: Dtype | 'auto';
  readonly executionProvider: ExecutionProvider;
}

export interface ChoiceLog {
  info(message: string): void;
  warn(message: string): void;
}

/**
 * Settles which of a model's files is used for each part, and what computes it.
 *
 * @returns the model with those files; on the cpu, after one warning, where the execution provider is not there
 * @throws CONFIG_INVALID when a part comes in several files and none of them is of that dtype, MODEL_INVALID when 'auto' finds
 *   none that works
 */
export async function chooseFiles(model: LoadedModel, choice: FileChoice, log: ChoiceLog): Promise<LoadedModel> {
  const provider = await availableProvider(model, choice.executionProvider, log);
  const computed = { ...model, provider };
  const image = await chooseFile(computed, 'image', choice.modelDtype, log);
  const text = await chooseFile(computed, 'text', choice.modelDtype, log);
  return { ...computed, files: { ...model.files, image, text } };
}

async function availableProvider(model: LoadedModel, wanted: ExecutionProvider, log: ChoiceLog) {
  if (wanted === 'cpu') return wanted;
  const thread = new InferenceThread({ ...model, provider: wanted }, ['image']);
  try {
    await thread.ready;
    return wanted;
  } catch (error) {
    const { cause, message } = error as Error;
    const [reason] = (cause instanceof Error ? cause.message : message).split('\n');
    log.warn(`EXECUTION_PROVIDER=${wanted} does not work here, so the cpu computes: ${reason}`);
    return 'cpu';
  } finally {
    await thread.close();
  }
}

async function chooseFile(
  model: LoadedModel,
  part: ModelPart,
  wanted: Dtype | 'auto',
  log: ChoiceLog,
): Promise<string> {
  const { variants } = model.manifest[part];
  const dtypes = Object.keys(variants ?? {}) as Dtype[];
  if (!variants || dtypes.length === 0) return model.files[part];
  if (wanted !== 'auto') {
    const name = variants[wanted];
    if (name) return join(model.folder, name);
    const what = `one of ${dtypes.join(', ')} for the ${part} encoder of ${model.manifest.id}`;
    throw new AfterimageError('CONFIG_INVALID', expected(what, 'MODEL_DTYPE', wanted));
  }
  if (dtypes.length === 1) return model.files[part];
  return fastest(model, part, variants, log);
}

async function fastest(
  model: LoadedModel,
  part: ModelPart,
  variants: Readonly<Partial<Record<Dtype, string>>>,
  log: ChoiceLog,
): Promise<string> {
  const times = await MeasuredTimes.read(model);
  const failures: unknown[] = [];
  const measured: { path: string; dtype: string; ms: number }[] = [];
  for (const [dtype, name] of Object.entries(variants)) {
    const path = join(model.folder, name);
    try {
      const ms = await knownMs({ ...model, files: { ...model.files, [part]: path } }, part, times);
      measured.push({ path, dtype, ms });
    } catch (error) {
      failures.push(error);
      log.warn(`${path} is passed over: ${(error as Error).message}`);
    }
  }
  await times.save((message) => log.warn(message));
  const [best] = measured.toSorted((a, b) => a.ms - b.ms);
  if (!best) throw failures[0];
  const figures = measured.map(({ dtype, ms }) => `${dtype} ${ms} ms`).join(', ');
  log.info(`${model.manifest.id}: ${best.dtype} for the ${part} encoder, by ${figures}`);
  return best.path;
}
