// Embeddings of pictures that there never were.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomOf } from './pictures.mjs';
import { derivePixels } from '#dist/assets/derive-images.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { l2Normalise } from '#dist/inference/vectors.js';

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
const CLUSTERS = 300;
// Neighbours of one cluster then have a cosine of about 0.8, like pictures of one subject.
const SPREAD = 0.5;

/** What the samples look like to the model: real directions, which the made-up embeddings lie around. */
export async function sampleEmbeddings(model, { maxPixels }) {
  const encoder = new InferencePool(model, { workerCount: 2 });
  const names = (await readdir(SAMPLES)).filter((name) => name.endsWith('.jpg')).sort();
  const embeddings = await Promise.all(
    names.map(async (name) =>
      encoder.encodeImage(await derivePixels(join(SAMPLES, name), maxPixels, model.manifest.image)),
    ),
  );
  await encoder.close();
  return embeddings;
}

/** Embeddings in clusters, whose middles are mixtures of two samples; the same ones each time. */
export function* embeddingsLike(samples) {
  const random = randomOf(1);
  const any = (list) => list[Math.floor(random() * list.length)];
  const noise = () => (random() + random() + random() - 1.5) * 2;
  const around = (middle, spread) => {
    const step = spread / Math.sqrt(middle.length);
    return l2Normalise(middle.map((value) => value + step * noise()));
  };
  const middles = Array.from({ length: CLUSTERS }, () => {
    const [one, other, share] = [any(samples), any(samples), random()];
    return around(l2Normalise(one.map((value, index) => share * value + (1 - share) * other[index])), SPREAD);
  });
  for (;;) yield around(any(middles), SPREAD);
}
