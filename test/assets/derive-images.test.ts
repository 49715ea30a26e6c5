import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deriveImages, derivePixels } from '#dist/assets/derive-images.js';
import type { LoadedModel } from '#dist/inference/model-registry.js';
import { OnnxEncoder } from '#dist/inference/onnx-encoder.js';
import { preprocess } from '#dist/inference/preprocess.js';
import { builtInModel, cosine, golden } from '../support/encoder.js';

const MAX_PIXELS = 100_000_000;

const folder = mkdtempSync(join(tmpdir(), 'afterimage-derive-'));
let model: LoadedModel;
let encoder: OnnxEncoder;

beforeAll(async () => {
  model = await builtInModel();
  encoder = await OnnxEncoder.load(model);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const embed = async (pixels: Uint8Array<ArrayBuffer>) => (await encoder.encodeImages([pixels]))[0]!;
const spec = () => model.manifest.image;

it('what the library embeds is what the reference embeds', async () => {
  const cosines: number[] = [];
  for (const { file, embedding } of golden.images) {
    const { pixels } = await deriveImages(join('samples', file), MAX_PIXELS, spec());
    cosines.push(cosine(await embed(pixels), embedding));
  }
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.985);
  expect(cosines.reduce((sum, value) => sum + value, 0) / cosines.length).toBeGreaterThanOrEqual(0.993);
});

it('a picture that is asked about is read as one that is stored', async () => {
  const path = join('samples', 'cat-face.jpg');
  const { pixels } = await deriveImages(path, MAX_PIXELS, spec());
  expect(await derivePixels(path, MAX_PIXELS, spec())).toEqual(pixels);
});

it('the way through the preview leaves the embedding of a large picture where it was', async () => {
  for (const { file } of golden.images) {
    const path = join(folder, file);
    await sharp(join('samples', file)).resize({ width: 3_600 }).jpeg({ quality: 92 }).toFile(path);
    const derived = await embed(await derivePixels(path, MAX_PIXELS, spec()));
    const direct = await embed(await preprocess(sharp(path).autoOrient(), spec()));
    expect(cosine(derived, direct), file).toBeGreaterThanOrEqual(0.985);
  }
});
