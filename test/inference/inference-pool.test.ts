import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { InferencePool } from '#dist/inference/inference-pool.js';
import type { LoadedModel } from '#dist/inference/model-registry.js';
import type { PreparedPicture } from '#dist/inference/preprocess.js';
import { builtInModel, cosine, golden, readPixels, TEXT_PARITY } from '../support/encoder.js';

let model: LoadedModel;
let cat: PreparedPicture;

beforeAll(async () => {
  model = await builtInModel();
  cat = await readPixels(model, 'cat-face.jpg');
});

const copy = () => structuredClone(cat);

const goldenText = new Map(golden.texts.map(({ text, embedding }) => [text, embedding]));
const isGolden = (text: string, embedding: Float32Array) => cosine(embedding, goldenText.get(text)!) >= TEXT_PARITY;

/** Something that no encoder can make a text of: it ends the thread that tries, as a fault in native code would. */
const POISON = null as unknown as string;

describe('a pool of one worker', () => {
  let pool: InferencePool;

  beforeAll(async () => {
    pool = new InferencePool(model, { workerCount: 1 });
    await pool.start();
  });
  afterAll(() => pool.close());

  it('puts a text ahead of the pictures that wait', async () => {
    const order: string[] = [];
    const pictures = Array.from({ length: 16 }, () => pool.encodeImage(copy()).then(() => order.push('picture')));
    const text = pool.encodeTexts(['a cat']).then(() => order.push('text'));
    await Promise.all([...pictures, text]);
    // No more than the batch that was running before it came.
    expect(order.indexOf('text')).toBeLessThanOrEqual(4);
  });

  it('puts a text ahead of the many that wait', async () => {
    const order: string[] = [];
    const prompts = Array.from({ length: 40 }, (_, index) => `a photo of number ${index}`);
    const many = pool.encodeTexts(prompts, { isBulk: true }).then(() => order.push('many'));
    const one = pool.encodeTexts(['a dog']).then(() => order.push('one'));
    await Promise.all([many, one]);
    expect(order).toEqual(['one', 'many']);
  });

  it('has pictures take turns with the many texts that wait', async () => {
    const order: string[] = [];
    const prompts = Array.from({ length: 40 }, (_, index) => `a drawing of number ${index}`);
    const many = pool.encodeTexts(prompts, { isBulk: true }).then(() => order.push('many'));
    const picture = pool.encodeImage(copy()).then(() => order.push('picture'));
    await Promise.all([many, picture]);
    expect(order).toEqual(['picture', 'many']);
  });

  it('answers a text that it knows without its worker, and with a copy of its own', async () => {
    const [first] = await pool.encodeTexts(['sunset over boats']);
    first!.fill(0);
    let isPictureDone = false;
    const picture = pool.encodeImage(copy()).then(() => (isPictureDone = true));
    const [second] = await pool.encodeTexts(['sunset over boats']);
    expect(isPictureDone).toBe(false);
    expect(isGolden('sunset over boats', second!)).toBe(true);
    await picture;
  });

  it('refuses pixels of another size, naming both', async () => {
    await expect(pool.encodeImage({ ...cat, width: 224 })).rejects.toMatchObject({
      code: 'TENSOR_INVALID',
      message: 'expected 260 x 260 pixels for a picture, received "224 x 260 pixels"',
    });
    await expect(pool.encodeImage({ ...cat, data: new Uint8Array(3) })).rejects.toMatchObject({
      code: 'TENSOR_INVALID',
      message: 'expected 202800 bytes for a picture, received 3',
    });
  });

  it('takes a buffer over at once: giving it twice fails the second time, and nobody else', async () => {
    const pixels = copy();
    const [good, twice, other] = await Promise.allSettled([
      pool.encodeImage(pixels),
      pool.encodeImage(pixels),
      pool.encodeImage(copy()),
    ]);
    expect(good.status).toBe('fulfilled');
    expect(twice).toMatchObject({ status: 'rejected', reason: { code: 'TENSOR_INVALID' } });
    expect(other.status).toBe('fulfilled');
  });

  it('fails only what cannot be sent to its worker', async () => {
    await expect(pool.encodeTexts([Symbol('no text') as unknown as string])).rejects.toThrow('could not be cloned');
    const [embedding] = await pool.encodeTexts(['golden retriever running on the beach']);
    expect(isGolden('golden retriever running on the beach', embedding!)).toBe(true);
  });

  it('replaces a worker that ended: what it ran fails, what waits is served by the next', async () => {
    const warned = once(process, 'warning') as Promise<[Error]>;
    const [ran, waited] = await Promise.allSettled([pool.encodeTexts([POISON]), pool.encodeImage(copy())]);
    expect(ran).toMatchObject({ status: 'rejected', reason: { code: 'INFERENCE_FAILED', isRetryable: true } });
    expect(waited.status).toBe('fulfilled');
    expect((await warned)[0].message).toContain('an inference thread ended unexpectedly');
  });
});

it('a pool of two workers answers many callers at once, and leaves the main thread alone', async () => {
  const pool = new InferencePool(model, { workerCount: 2 });
  onTestFinished(() => pool.close());
  await Promise.all([pool.start(), pool.start()]);

  const before = performance.eventLoopUtilization();
  const pictures = Promise.all(Array.from({ length: 64 }, () => pool.encodeImage(copy())));
  const texts = await pool.encodeTexts([...goldenText.keys()]);
  const images = await pictures;
  const { utilization } = performance.eventLoopUtilization(before);

  for (const image of images) expect(cosine(image, images[0]!)).toBeGreaterThan(1 - 1e-5);
  [...goldenText.keys()].forEach((text, index) => expect(isGolden(text, texts[index]!)).toBe(true));
  // Inference on this thread would make it 1; sending the pictures and receiving the answers takes a few hundredths.
  expect(utilization).toBeLessThan(0.5);
});

describe('closing', () => {
  it('lets what runs finish, and rejects what waits and what comes later with SHUTTING_DOWN', async () => {
    const pool = new InferencePool(model, { workerCount: 1 });
    await pool.start();
    const running = pool.encodeImage(copy());
    await Promise.resolve();
    const waiting = Array.from({ length: 8 }, () => pool.encodeImage(copy()));
    const settled = Promise.allSettled([running, ...waiting]);
    await Promise.all([pool.close(), pool.close()]);

    const [first, ...others] = await settled;
    expect(first.status).toBe('fulfilled');
    for (const other of others) expect(other).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } });
    await expect(pool.encodeTexts(['too late'])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(pool.start()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('while the model loads rejects who waits for it', async () => {
    const pool = new InferencePool(model, { workerCount: 1 });
    const waiting = expect(pool.encodeTexts(['a cat'])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await Promise.all([waiting, pool.close()]);
  });
});

it('texts in bulk go to the one worker that has the text encoder, until they are many', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
  const text = join(folder, 'text.onnx');
  copyFileSync(model.files.text, text);
  const pool = new InferencePool({ ...model, files: { ...model.files, text } }, { workerCount: 2 });
  onTestFinished(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await pool.start();
  // From here on a worker that has not loaded it cannot.
  rmSync(text);
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `number ${index}`);
  const encode = (texts: string[]) => pool.encodeTexts(texts, { isBulk: true });
  await expect(
    Promise.all([encode(numbered(50)), pool.encodeImage(copy()), encode(numbered(50))]),
  ).resolves.toBeDefined();
  await expect(encode(numbered(20))).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
});

it('texts in bulk are taken by another worker when the one that they were kept for is gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
  const image = join(folder, 'vision.onnx');
  copyFileSync(model.files.image, image);
  const pool = new InferencePool({ ...model, files: { ...model.files, image } }, { workerCount: 2 });
  onTestFinished(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await pool.start();
  // The successor of the worker that ends cannot load this.
  rmSync(image);
  const ended = expect(pool.encodeTexts([POISON])).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
  const bulk = pool.encodeTexts(['a cat'], { isBulk: true });
  await ended;
  expect(isGolden('a cat', (await bulk)[0]!)).toBe(true);
});

it('a load that failed is forgotten: the next call tries again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
  const text = join(folder, 'text.onnx');
  const pool = new InferencePool({ ...model, files: { ...model.files, text } }, { workerCount: 2 });
  onTestFinished(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const failed = await Promise.allSettled([pool.encodeTexts(['a cat']), pool.encodeImage(copy()), pool.start()]);
  for (const result of failed) expect(result).toMatchObject({ reason: { code: 'MODEL_NOT_FOUND' } });

  copyFileSync(model.files.text, text);
  const [embedding] = await pool.encodeTexts(['a cat']);
  expect(isGolden('a cat', embedding!)).toBe(true);
});

it('the part of a model that was not loaded at the start is loaded when it is first needed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
  const image = join(folder, 'vision.onnx');
  const files = { ...model.files, image };
  const pool = new InferencePool({ ...model, files }, { workerCount: 1, parts: ['text'] });
  onTestFinished(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await pool.start();
  await expect(pool.encodeImage(copy())).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
    message: `expected an ONNX model in ${image}, received none`,
  });
  const [embedding] = await pool.encodeTexts(['a cat']);
  expect(isGolden('a cat', embedding!)).toBe(true);

  copyFileSync(model.files.image, image);
  const pictures = await Promise.all([pool.encodeImage(copy()), pool.encodeImage(copy())]);
  for (const picture of pictures) expect(cosine(picture, embedding!)).toBeGreaterThan(0.2);
});
