import { constants } from 'node:fs';
import { copyFile, link, open, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ReadExport } from './export/read-export.js';
import type { Staging } from './staging.js';
import { digestFile } from '../byte-digest.js';
import { AfterimageError } from '../errors.js';
import { InferenceThread } from '../inference/inference-thread.js';
import { parseModelManifest, type ModelManifest } from '../inference/model-manifest.js';
import { modelOf, type LoadedModel } from '../inference/model-registry.js';
import { syncFolder } from '../sync-folder.js';

/**
 * Puts a model together and in its place in one step: its folder is there whole, or not at all.
 * @param isOwn whether the files are ours and are never changed, so that they need not be copied
 * @throws MODEL_INVALID, TENSOR_INVALID and INFERENCE_FAILED for what does not run; MODEL_EXISTS
 */
export async function installModel(
  { manifest, files }: ReadExport,
  { model, target }: Staging,
  { isOwn }: { isOwn: boolean },
): Promise<ModelManifest> {
  const described: ModelManifest['files'] = [];
  for (const { path, name } of files) {
    const copy = join(model, name);
    await (isOwn ? link(path, copy).catch(() => copyWhole(path, copy)) : copyWhole(path, copy));
    const { byteSize: bytes, sha256 } = await digestFile(copy);
    described.push({ name, bytes, sha256 });
  }
  const manifestFile = join(model, 'model.json');
  const { id, source, ...rest } = manifest;
  const json = JSON.stringify({ id, source, ...rest, files: described }, null, 2);
  const whole = parseModelManifest(json, manifestFile);
  await writeFile(manifestFile, `${json}\n`, { flush: true });
  await syncFolder(model);
  await loadEveryFile(modelOf(resolve(model), whole));
  await rename(model, target).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST' && cause.code !== 'EPERM') throw cause;
    throw new AfterimageError('MODEL_EXISTS', `expected no model in ${target}, received one`, { cause });
  });
  await syncFolder(dirname(target));
  return whole;
}

/** As a server loads them, one after the other: what is installed runs. What was read may be of files that were left behind. */
async function loadEveryFile(model: LoadedModel): Promise<void> {
  for (const part of ['image', 'text'] as const) {
    const { file, variants = {} } = model.manifest[part];
    for (const name of new Set([file, ...Object.values(variants)])) {
      const files = { ...model.files, [part]: join(model.folder, name) };
      const thread = new InferenceThread({ ...model, files }, [part]);
      try {
        await thread.ready;
      } finally {
        await thread.close();
      }
    }
  }
}

async function copyWhole(path: string, copy: string): Promise<void> {
  await copyFile(path, copy, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  const handle = await open(copy, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
