import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { digestFile, type ByteDigest } from '../byte-digest.js';
import { AfterimageError, expected } from '../errors.js';
import type { ExecutionProvider } from './execution-provider.js';
import { parseModelManifest, type ModelManifest } from './model-manifest.js';

/** What a model encodes: whoever needs one of the two need not load the other. */
export type ModelPart = 'image' | 'text';

/** A model whose files were found whole. Plain data: it can be sent to a worker thread. */
export interface LoadedModel {
  readonly manifest: ModelManifest;
  /** Absolute paths. */
  readonly folder: string;
  readonly files: { readonly image: string; readonly text: string; readonly tokenizer: string };
  /** What computes it. */
  readonly provider: ExecutionProvider;
}

/**
 * Reads a model's manifest and checks the size and the SHA-256 of every file it lists.
 *
 * @param nameOrFolder a folder where it contains a path separator, otherwise the name of a folder in `modelsDir`
 * @throws MODEL_NOT_FOUND, MODEL_INVALID (the manifest), MODEL_DAMAGED (a file is missing or not as the manifest says)
 */
export async function loadModel(nameOrFolder: string, modelsDir: string): Promise<LoadedModel> {
  const { folder, manifest } = await readManifest(nameOrFolder, modelsDir);
  for (const file of manifest.files) await verifyFile(folder, file);
  return modelOf(folder, manifest);
}

/** A model whose files are known to be whole. @param folder absolute */
export function modelOf(folder: string, manifest: ModelManifest): LoadedModel {
  const files = {
    image: join(folder, manifest.image.file),
    text: join(folder, manifest.text.file),
    tokenizer: join(folder, manifest.text.tokenizer),
  };
  return { manifest, folder, files, provider: 'cpu' };
}

/**
 * Reads what a model says of itself, and looks at none of its other files.
 * @param nameOrFolder as of `loadModel`
 * @throws MODEL_NOT_FOUND, MODEL_INVALID
 */
export async function readManifest(
  nameOrFolder: string,
  modelsDir: string,
): Promise<{ readonly folder: string; readonly manifest: ModelManifest }> {
  const folder = /[/\\]/.test(nameOrFolder) ? resolve(nameOrFolder) : resolve(modelsDir, nameOrFolder);
  const manifestFile = join(folder, 'model.json');
  const json = await readFile(manifestFile, 'utf8').catch(async (cause: unknown) => {
    const message = `expected a model.json in ${folder} for the model ${JSON.stringify(nameOrFolder)}`;
    const names = (await listModels(modelsDir)).join(', ') || 'none';
    throw new AfterimageError('MODEL_NOT_FOUND', `${message}, received none; models that are there: ${names}`, {
      cause,
    });
  });
  return { folder, manifest: parseModelManifest(json, manifestFile) };
}

/** Names of the models in `modelsDir`, sorted; none when there is no such folder. */
export async function listModels(modelsDir: string): Promise<string[]> {
  const entries = await readdir(modelsDir, { withFileTypes: true }).catch(() => []);
  return (
    entries
      // What is being downloaded lies in a folder with a dot before its name.
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort()
  );
}

async function verifyFile(folder: string, { name, bytes, sha256 }: ModelManifest['files'][number]): Promise<void> {
  const path = join(folder, name);
  let digest: ByteDigest;
  try {
    const { size } = await stat(path);
    if (size !== bytes) throw new AfterimageError('MODEL_DAMAGED', expected(`${bytes} bytes`, path, size));
    digest = await digestFile(path);
  } catch (cause) {
    if (cause instanceof AfterimageError) throw cause;
    throw new AfterimageError('MODEL_DAMAGED', `expected a readable file for ${path}, received none`, { cause });
  }
  if (digest.sha256 !== sha256)
    throw new AfterimageError('MODEL_DAMAGED', expected(`SHA-256 ${sha256}`, path, digest.sha256));
}
