import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { derivePixels } from '#dist/assets/derive-images.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { loadModel, type LoadedModel } from '#dist/inference/model-registry.js';
import { OnnxEncoder } from '#dist/inference/onnx-encoder.js';
import { createPixelNormaliser } from '#dist/inference/pixel-values.js';
import { finishPicture, type PreparedPicture } from '#dist/inference/preprocess.js';
import { resizeTarget } from '#dist/inference/resize-target.js';
import { TextTokenizer } from '#dist/inference/tokenizer.js';
import { createZeroShotClassifier } from '#dist/inference/zero-shot.js';
import { cosine } from '../support/encoder.js';
import { tinyGolden, writeTinyModel, type TinyModel } from '../support/tiny-models.js';

const MAX_PIXELS = 10_000_000;
const COMBINED = { image: 'onnx/model.onnx', text: 'onnx/model.onnx' };
const modelsDir = mkdtempSync(join(tmpdir(), 'afterimage-families-'));
afterAll(() => rmSync(modelsDir, { recursive: true, force: true }));

const families: readonly (readonly [string, TinyModel, typeof COMBINED | undefined])[] = [
  ['CLIP', 'tiny-clip', undefined],
  ['CLIP in one file', 'tiny-clip', COMBINED],
  ['SigLIP', 'tiny-siglip', undefined],
];

describe.each(families)('%s', (name, tiny, files) => {
  const golden = tinyGolden(tiny);
  const paths = golden.images.map(({ file }) => join('samples', file));
  let model: LoadedModel;
  let encoder: OnnxEncoder;
  /** As an asset is preprocessed, and scaled from the whole picture as the reference scales it. */
  let ours: PreparedPicture[];
  let exact: PreparedPicture[];

  beforeAll(async () => {
    writeTinyModel(tiny, join(modelsDir, name), files);
    model = await loadModel(name, modelsDir);
    encoder = await OnnxEncoder.load(model);
    const { image } = model.manifest;
    ours = await Promise.all(paths.map((path) => derivePixels(path, MAX_PIXELS, image)));
    exact = await Promise.all(
      paths.map(async (path) => {
        const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
        const { width, height } = info;
        return { data: new Uint8Array(data), width, height, target: resizeTarget(width, height, image) };
      }),
    );
  });

  it('gives every text the token ids of the reference', async () => {
    const tokenizer = await TextTokenizer.load(model.files.tokenizer, model.manifest.text);
    for (const { text, inputIds } of golden.texts)
      expect([...tokenizer.tokenize([text]).inputIds].map(Number), text).toEqual(inputIds);
  });

  it('gives every picture the pixel values of the reference, to 1.5/255', () => {
    const { image } = model.manifest;
    const toValues = createPixelNormaliser(image);
    const plane = image.width * image.height;
    golden.images.forEach(({ file, pixelValues }, index) => {
      const values = toValues([finishPicture(ours[index]!, image)]);
      const differences = [0, 1, 2].map((channel) => {
        const inBytes = (value: number) => value * image.std[channel]! * 255;
        const bytes = values.subarray(channel * plane, (channel + 1) * plane).map(inBytes);
        const mean = average(bytes);
        const deviation = Math.sqrt(average(bytes.map((value) => (value - mean) ** 2)));
        expect(Math.abs(mean - inBytes(pixelValues.mean[channel]!)), file).toBeLessThan(0.5);
        expect(Math.abs(deviation - inBytes(pixelValues.std[channel]!)), file).toBeLessThan(1);
        const place = (step: number) => Math.floor(((2 * step + 1) * image.width) / 16);
        const cells = pixelValues.grid
          .slice(channel * 8, channel * 8 + 8)
          .flatMap((row, y) => row.map((value, x) => bytes[place(y) * image.width + place(x)]! - inBytes(value)));
        return average(cells.map(Math.abs));
      });
      for (const difference of differences) expect(difference, file).toBeLessThan(1.5);
    });
  });

  it('gives every text the embedding of the reference', async () => {
    for (const { text, embedding } of golden.texts) {
      const [result] = await encoder.encodeTexts([text]);
      expect(cosine(result!, embedding), text).toBeGreaterThanOrEqual(0.9999);
    }
  });

  it('gives every picture the embedding of the reference: 0.9999 from equal pixels, 0.99 from ours', async () => {
    for (const [index, { file, embedding }] of golden.images.entries()) {
      const [fromEqual] = await encoder.encodeImages([exact[index]!]);
      expect(cosine(fromEqual!, embedding), file).toBeGreaterThanOrEqual(0.9999);
      const [fromOurs] = await encoder.encodeImages([ours[index]!]);
      expect(cosine(fromOurs!, embedding), file).toBeGreaterThanOrEqual(0.99);
    }
  });

  it('gives the same in a batch, and through the pool', async () => {
    const pool = new InferencePool(model, { workerCount: 1 });
    onTestFinished(() => pool.close());
    const batch = await encoder.encodeImages(exact);
    const pooled = await Promise.all(exact.map((picture) => pool.encodeImage(structuredClone(picture))));
    const texts = await pool.encodeTexts(golden.texts.map(({ text }) => text));
    golden.images.forEach(({ file, embedding }, index) => {
      expect(cosine(batch[index]!, embedding), file).toBeGreaterThanOrEqual(0.9999);
      expect(cosine(pooled[index]!, embedding), file).toBeGreaterThanOrEqual(0.9999);
    });
    golden.texts.forEach(({ text, embedding }, index) =>
      expect(cosine(texts[index]!, embedding), text).toBeGreaterThanOrEqual(0.9999),
    );
  });

  it('gives the probabilities of the reference', async () => {
    const classEmbeddings = await Promise.all(
      golden.texts.map(async ({ text }) => (await encoder.encodeTexts([text]))[0]!),
    );
    const { manifest } = model;
    const isMultiLabel = manifest.activation === 'sigmoid';
    const classify = createZeroShotClassifier({ manifest, classEmbeddings, isMultiLabel });
    const images = await encoder.encodeImages(exact);
    golden.cosines.forEach((cosines, image) => {
      const scores = classify(images[image]!);
      const powers = cosines.map((value) => Math.exp(golden.logitScale * value));
      const sum = powers.reduce((a, b) => a + b, 0);
      const probabilities = golden.probabilities?.[image] ?? powers.map((power) => power / sum);
      scores.forEach(({ score, probability }, text) => {
        expect(score).toBeCloseTo(cosines[text]!, 4);
        expect(probability).toBeCloseTo(probabilities[text]!, 3);
      });
    });
  });
});

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}
