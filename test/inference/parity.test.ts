import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { InferencePool } from '#dist/inference/inference-pool.js';
import type { LoadedModel } from '#dist/inference/model-registry.js';
import { OnnxEncoder } from '#dist/inference/onnx-encoder.js';
import { builtInModel, cosine, golden, readPixels, TEXT_PARITY } from '../support/encoder.js';

const BATCH = 6;

let model: LoadedModel;
let encoder: OnnxEncoder;
let alone: Float32Array[];

beforeAll(async () => {
  model = await builtInModel();
  encoder = await OnnxEncoder.load(model);
  alone = [];
  for (const { file } of golden.images) alone.push(...(await encoder.encodeImages([await readPixels(model, file)])));
});

it('a text has the embedding that the reference gives it', async () => {
  for (const { text, embedding } of golden.texts) {
    const [ours] = await encoder.encodeTexts([text]);
    expect(cosine(ours!, embedding), text.slice(0, 40)).toBeGreaterThanOrEqual(TEXT_PARITY);
  }
});

it('a picture has the embedding that the reference gives it, as far as another decoder and resizer can', () => {
  const cosines = golden.images.map(({ embedding }, index) => cosine(alone[index]!, embedding));
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.99);
  expect(cosines.reduce((sum, value) => sum + value, 0) / cosines.length).toBeGreaterThanOrEqual(0.993);
});

it('a picture has the same embedding in a batch as alone', async () => {
  expect(golden.images).toHaveLength(BATCH);
  const batch = await encoder.encodeImages(await Promise.all(golden.images.map(({ file }) => readPixels(model, file))));
  batch.forEach((embedding, index) => expect(1 - cosine(embedding, alone[index]!)).toBeLessThan(1e-5));
});

it('every embedding has length 1 and as many numbers as the manifest says', async () => {
  for (const embedding of [...alone, ...(await encoder.encodeTexts(['a cat']))]) {
    expect(embedding).toHaveLength(model.manifest.dimension);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
  }
});

it('the right one of the golden pictures is closest to its description', async () => {
  const descriptions = { 'a cat': 0, 'sunset over boats': 1, 'A cup of coffee on a wooden table.': 2 };
  for (const [text, right] of Object.entries(descriptions)) {
    const [embedding] = await encoder.encodeTexts([text]);
    const scores = alone.map((image) => cosine(image, embedding!));
    expect(scores.indexOf(Math.max(...scores)), text).toBe(right);
  }
});

it('a tensor name that the model lacks is named in the error', async () => {
  const image = { ...model.manifest.image, input: 'pixels' };
  await expect(OnnxEncoder.load({ ...model, manifest: { ...model.manifest, image } })).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(/^expected one of pixel_values for a tensor of .*, received "pixels"$/) as string,
  });
});

it('an output that is not as long as the manifest says is refused, with both numbers', async () => {
  const manifest = { ...model.manifest, dimension: 512 };
  await expect(OnnxEncoder.load({ ...model, manifest })).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(
      /^expected the dimension 384 for image_embeds in the manifest of .*vision\.onnx, received 512$/,
    ) as string,
  });
});

it('the pool answers as the encoder in it does', async () => {
  const pool = new InferencePool(model, { workerCount: 2 });
  onTestFinished(() => pool.close());
  const images = await Promise.all(
    golden.images.map(async ({ file }) => pool.encodeImage(await readPixels(model, file))),
  );
  images.forEach((embedding, index) => expect(1 - cosine(embedding, alone[index]!)).toBeLessThan(1e-5));
  const texts = await pool.encodeTexts(golden.texts.map(({ text }) => text));
  texts.forEach((embedding, index) =>
    expect(cosine(embedding, golden.texts[index]!.embedding)).toBeGreaterThanOrEqual(TEXT_PARITY),
  );
});
