import { constants } from 'node:fs';
import { copyFile, link, open, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReadExport } from './export/read-export.js';
import type { Staging } from './staging.js';
import { digestFile } from '../byte-digest.js';
import { AfterimageError } from '../errors.js';
import { parseModelManifest, type ModelManifest } from '../inference/model-manifest.js';
import { syncFolder } from '../sync-folder.js';

/**
 * Puts a model together and in its place in one step: its folder is there whole, or not at all.
 * @param isOwn whether the files are ours and are never changed, so that they need not be copied
 * @throws MODEL_INVALID, MODEL_EXISTS
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
  await rename(model, target).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST' && cause.code !== 'EPERM') throw cause;
    throw new AfterimageError('MODEL_EXISTS', `expected no model in ${target}, received one`, { cause });
  });
  await syncFolder(dirname(target));
  return whole;
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
