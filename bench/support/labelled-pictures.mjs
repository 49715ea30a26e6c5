import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { loadModel } from '#dist/inference/model-registry.js';

const DECODERS = 4;
const WORKERS = 2;
const DEFAULT_MODEL = 'afterimage-small-v1';

/**
 * Opens what a command line names: FOLDER [MODEL].
 * @param prepare makes of a path, and of how the model takes pictures, what the encoder takes
 * @returns the folder, the model's encoder, the lines of labels.jsonl, each with the `embedding` of its picture, and `encode`,
 * which gives further pictures of the folder theirs
 */
export async function openLabelledPictures([folder, modelName = DEFAULT_MODEL], prepare) {
  if (!folder) throw new Error('expected a folder with labels.jsonl, received none');
  const model = await loadModel(modelName, fileURLToPath(new URL('../../models', import.meta.url)));
  const pool = new InferencePool(model, { workerCount: WORKERS });
  const encode = (pictures) =>
    pLimit(DECODERS).map(pictures, async (picture) => {
      picture.embedding = await pool.encodeImage(await prepare(join(folder, picture.file), model.manifest.image));
    });
  const pictures = await readLines(folder, 'labels.jsonl');
  await encode(pictures);
  return { folder, pool, pictures, encode };
}

/** The lines of labels.jsonl in a folder: {"file", "labels": [the true class], "set"}; or of another file of lines of JSON. */
export async function readLines(folder, name) {
  const lines = await readFile(join(folder, name), 'utf8');
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
