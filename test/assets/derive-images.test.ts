import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deriveImages, derivePixels } from '#dist/assets/derive-images.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import type { LoadedModel } from '#dist/inference/model-registry.js';
import { preprocess } from '#dist/inference/preprocess.js';
import { builtInModel, cosine, golden } from '../support/encoder.js';

const MAX_PIXELS = 200_000_000;

let model: LoadedModel;
let encoder: InferencePool;
let folder: string;

beforeAll(async () => {
  model = await builtInModel();
  encoder = new InferencePool(model, { workerCount: 2 });
  folder = await mkdtemp(join(tmpdir(), 'afterimage-derive-'));
});
afterAll(async () => {
  await encoder.close();
  await rm(folder, { recursive: true, force: true });
});

const derived = async (path: string) =>
  encoder.encodeImage((await deriveImages(path, MAX_PIXELS, [model.manifest.image])).pixels[0]!);

it('embeds the golden pictures as the reference does', async () => {
  const cosines = await Promise.all(
    golden.images.map(async ({ file, embedding }) => cosine(await derived(join('samples', file)), embedding)),
  );
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.985);
  expect(cosines.reduce((sum, value) => sum + value) / cosines.length).toBeGreaterThanOrEqual(0.993);
});

it('embeds a picture of 12 megapixels as if it had been decoded whole', async () => {
  const cosines = await Promise.all(
    ['boats-at-sunset.jpg', 'retina-scan.jpg', 'harbour-boats.jpg', 'acanthus-plant.jpg'].map(async (file) => {
      const path = join(folder, file);
      await sharp(join('samples', file)).resize(4_000, 3_000, { fit: 'fill' }).jpeg({ quality: 90 }).toFile(path);
      const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
      const pixels = await preprocess(
        sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }),
        model.manifest.image,
      );
      return cosine(await derived(path), await encoder.encodeImage(pixels));
    }),
  );
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.985);
});

it('gives a picture that is asked about the very pixels of an asset', async () => {
  const path = join('samples', 'harbour-boats.jpg');
  const [pixels] = (await deriveImages(path, MAX_PIXELS, [model.manifest.image])).pixels;
  expect(await derivePixels(path, MAX_PIXELS, model.manifest.image)).toEqual(pixels);
});
