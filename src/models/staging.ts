import { access, constants, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkModelId } from './model-reference.js';
import { makeFolder } from '../data-dir.js';
import { AfterimageError, expected } from '../errors.js';
import { lockFolder } from '../folder-lock.js';

const INCOMING = '.incoming';
const SOURCE_FILE = 'source';

/** A folder beside the models in which one is got ready, out of sight. This process alone has it until `close`. */
export interface Staging {
  /** Where the model will be. */
  readonly target: string;
  /** What has been downloaded; kept from one attempt to the next. */
  readonly downloads: string;
  /** The model as it will be; empty. */
  readonly model: string;
  /** The work is done: nothing is kept. */
  discard(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param source what is downloaded: what an earlier attempt left of something else is thrown away
 * @throws INVALID_ARGUMENT for a bad id, MODEL_EXISTS when there is such a model, or one is being installed
 */
export async function openStaging(modelsDir: string, id: string, source: string): Promise<Staging> {
  const target = join(modelsDir, checkModelId(id));
  await checkFree(target);
  const folder = join(modelsDir, INCOMING, id);
  await makeWritable(modelsDir);
  await mkdir(folder, { recursive: true });
  const lock = await lockFolder(folder);
  if (!lock.isHeld)
    throw new AfterimageError('MODEL_EXISTS', expected('no other process that installs it', 'model', id));
  const [downloads, model] = [join(folder, 'files'), join(folder, 'model')];
  try {
    const sourceFile = join(folder, SOURCE_FILE);
    const before = await readFile(sourceFile, 'utf8').catch(() => undefined);
    if (before !== source) await rm(downloads, { recursive: true, force: true });
    await rm(model, { recursive: true, force: true });
    await mkdir(downloads, { recursive: true });
    await mkdir(model);
    await writeFile(sourceFile, source);
  } catch (error) {
    await lock.release();
    throw error;
  }
  const discard = async () => {
    for (const name of await readdir(folder)) if (name !== '.lock') await rm(join(folder, name), { recursive: true });
  };
  return { target, downloads, model, discard, close: () => lock.release() };
}

/** @throws MODEL_EXISTS also for a link or a file of that name, wherever that leads */
export async function checkFree(target: string): Promise<void> {
  const isTaken = await lstat(target).then(
    () => true,
    () => false,
  );
  if (isTaken)
    throw new AfterimageError(
      'MODEL_EXISTS',
      `expected no model in ${target}, received one: remove the folder, or give another name with --id`,
    );
}

async function makeWritable(modelsDir: string): Promise<void> {
  try {
    await makeFolder(modelsDir);
    await access(modelsDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const message = `expected a folder that can be written for MODELS_DIR ${modelsDir}, received ${(cause as Error).message}`;
    throw new AfterimageError('MODEL_INVALID', message, { cause });
  }
}
