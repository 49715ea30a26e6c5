import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { derivePixels } from '#dist/assets/derive-images.js';
import { loadModel } from '#dist/inference/model-registry.js';
import { OnnxEncoder } from '#dist/inference/onnx-encoder.js';
import { TextTokenizer } from '#dist/inference/tokenizer.js';
import { addModel, type ModelOptions } from '#dist/models/add-model.js';
import { externalDataOf } from '#dist/models/export/external-data.js';
import type { ReadExport } from '#dist/models/export/read-export.js';
import { imageSettings, preprocessorSchema } from '#dist/models/export/image-settings.js';
import { cosine } from '../support/encoder.js';
import { externalEntry, GRAPH, INITIALIZER, message, moveWeightsOut } from '../support/external-weights.js';
import { tinyGolden, type TinyModel } from '../support/tiny-models.js';

const root = mkdtempSync(join(tmpdir(), 'afterimage-add-'));
const modelsDir = join(root, 'models');
const folder = join(root, 'an export');
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(modelsDir, { recursive: true, force: true });
});

let shown: ReadExport | undefined;
const add = (from: string, options: ModelOptions = {}, isConfirmed = true) =>
  addModel(from, modelsDir, options, (read) => {
    shown = read;
    return Promise.resolve(isConfirmed);
  });

/** A copy of a tiny model's export, to be spoiled. */
function exportOf(tiny: TinyModel, onnx = ['vision_model.onnx', 'text_model.onnx'], below = 'onnx'): string {
  mkdirSync(join(folder, below), { recursive: true });
  for (const name of ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(join('test/fixtures', tiny, name), join(folder, name));
  for (const name of onnx) copyFileSync(join('test/fixtures', tiny, 'onnx', name), join(folder, below, name));
  return folder;
}

function change(file: string, edit: (json: Record<string, unknown>) => void): void {
  const path = join(folder, file);
  const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  edit(json);
  writeFileSync(path, JSON.stringify(json));
}

describe.each([
  ['CLIP, separate files', 'tiny-clip', ['vision_model.onnx', 'text_model.onnx'], ['model.onnx'], 'onnx'],
  ['CLIP, one file, no subfolder', 'tiny-clip', ['model.onnx'], [], ''],
  ['SigLIP', 'tiny-siglip', ['vision_model.onnx', 'text_model.onnx'], [], 'onnx'],
] as const)('%s', (_name, tiny, onnx, others, below) => {
  it('is added from its own files alone, and answers as the reference does', async () => {
    const golden = tinyGolden(tiny);
    const added = await add(exportOf(tiny, [...onnx, ...others], below), { id: 'mine', languages: ['en'] });
    expect(readdirSync(join(modelsDir, 'mine')).sort()).toEqual(
      [
        'config.json',
        'model.json',
        ...onnx,
        'preprocessor_config.json',
        'tokenizer.json',
        'tokenizer_config.json',
      ].sort(),
    );
    const model = await loadModel('mine', modelsDir);
    expect(model.manifest).toEqual(added);
    // Measured where one file computes logits, though the separate ones are taken.
    if (tiny === 'tiny-clip') {
      expect(shown!.logitsFrom).toBe('measured from the logits of the combined model');
      expect(model.manifest.logitScale).toBeCloseTo(golden.logitScale, 3);
      expect(model.manifest.logitBias).toBe(0);
    }

    const encoder = await OnnxEncoder.load(model);
    const tokenizer = await TextTokenizer.load(model.files.tokenizer, model.manifest.text);
    for (const { text, inputIds, embedding } of golden.texts) {
      expect([...tokenizer.tokenize([text]).inputIds].map(Number)).toEqual(inputIds);
      expect(cosine((await encoder.encodeTexts([text]))[0]!, embedding), text).toBeGreaterThanOrEqual(0.9999);
    }
    for (const { file, embedding } of golden.images) {
      const picture = await derivePixels(join('samples', file), 10_000_000, model.manifest.image);
      expect(cosine((await encoder.encodeImages([picture]))[0]!, embedding), file).toBeGreaterThanOrEqual(0.99);
    }
  });
});

describe('the logit scale', () => {
  it('is a default that is said to be one, or what is given', async () => {
    await add(exportOf('tiny-siglip'), {}, false);
    expect(shown!.manifest).toMatchObject({ id: 'an-export', logitScale: 117.330795, logitBias: -12.932437 });
    expect(shown!.logitsFrom).toContain('probabilities depend on them');
    await add(folder, { logitScale: 100, logitBias: -12 }, false);
    expect(shown!.manifest).toMatchObject({ logitScale: 100, logitBias: -12 });
    expect(shown!.logitsFrom).toBe('as given');
    // Nobody confirmed: nothing was written.
    expect(() => readdirSync(modelsDir)).toThrow('ENOENT');
  });

  it('of a SigLIP 2, which its tokenizer gives away, is that of SigLIP 2', async () => {
    exportOf('tiny-siglip');
    change('tokenizer_config.json', (json) => (json['tokenizer_class'] = 'GemmaTokenizer'));
    await add(folder, {}, false);
    expect(shown!.manifest).toMatchObject({ logitScale: 112.668907, logitBias: -16.771725 });
    expect(shown!.logitsFrom).toContain('those of the SigLIP 2 base models');
  });
});

it('a combined file is taken for both encoders where one of the separate ones is missing', async () => {
  const manifest = (await add(exportOf('tiny-clip', ['text_model.onnx', 'model.onnx']), { id: 'mine' }))!;
  expect([manifest.image.file, manifest.text.file]).toEqual(['model.onnx', 'model.onnx']);
});

it('a combined file that is broken is left out where separate ones are there', async () => {
  exportOf('tiny-clip', ['vision_model.onnx', 'text_model.onnx', 'model.onnx']);
  writeFileSync(join(folder, 'onnx/model.onnx'), 'no model');
  const manifest = (await add(folder, { id: 'mine' }))!;
  expect([manifest.image.file, manifest.logitScale]).toEqual(['vision_model.onnx', 100]);
  expect(shown!.logitsFrom).toMatch(/its own could not be measured \(expected an ONNX model in .*model\.onnx/);
});

it('what does not run is not installed', async () => {
  exportOf('tiny-clip');
  copyFileSync('test/fixtures/tiny-siglip/tokenizer.json', join(folder, 'tokenizer.json'));
  await expect(add(folder, { id: 'mine' })).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(/^expected a tokenizer of the vocabulary of .*, received 2000$/) as string,
  });
  expect(readdirSync(modelsDir)).toEqual(['.incoming']);
  expect(readdirSync(join(modelsDir, '.incoming', 'mine'))).toEqual(['.lock']);
});

it('files of several kinds become variants of each encoder', async () => {
  exportOf('tiny-siglip');
  for (const name of ['vision_model', 'text_model'])
    copyFileSync(join(folder, `onnx/${name}.onnx`), join(folder, `onnx/${name}_quantized.onnx`));
  await add(folder, { id: 'mine' });
  const { manifest } = await loadModel('mine', modelsDir);
  expect(manifest.text.variants).toEqual({ fp32: 'text_model.onnx', int8: 'text_model_quantized.onnx' });
  expect(manifest.image.file).toBe('vision_model.onnx');
});

describe('is refused with the name of the file, and leaves nothing', () => {
  const refused = async (message: RegExp, code = 'MODEL_INVALID', options: ModelOptions = { id: 'mine' }) => {
    await expect(add(folder, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(() => readdirSync(modelsDir)).toThrow('ENOENT');
  };

  it('what is no export', async () => {
    await refused(/^expected a folder that can be read for folder, /, 'MODEL_NOT_FOUND');
    for (const [there, missing] of [
      ['text_model', 'vision_model'],
      ['vision_model', 'text_model'],
    ]) {
      exportOf('tiny-siglip', [`${there}.onnx`]);
      await refused(new RegExp(`^expected a ${missing}\\.onnx or a model\\.onnx in .*an export`));
      rmSync(join(folder, 'onnx'), { recursive: true });
    }
    rmSync(join(folder, 'tokenizer.json'));
    await refused(/^expected a tokenizer\.json in .*an export, received none$/);
  });

  it('a truncated config.json', async () => {
    exportOf('tiny-siglip');
    const file = join(folder, 'config.json');
    writeFileSync(file, readFileSync(file).subarray(0, 100));
    await refused(/^expected a config\.json in .*an export, received what is no JSON$/);
  });

  it('a truncated ONNX file', async () => {
    exportOf('tiny-siglip');
    const file = join(folder, 'onnx/vision_model.onnx');
    writeFileSync(file, readFileSync(file).subarray(0, 100_000));
    await refused(/^expected an ONNX model in .*vision_model\.onnx, received something else/);
  });

  it('a tokenizer with more tokens than the model, and a picture of another size', async () => {
    exportOf('tiny-siglip');
    change('preprocessor_config.json', (json) => (json['size'] = { height: 224, width: 224 }));
    await refused(/vision_model\.onnx/);
    exportOf('tiny-siglip');
    change('config.json', (json) => ((json['text_config'] as Record<string, unknown>)['vocab_size'] = 10));
    await refused(/^expected token ids below 10 for .*tokenizer\.json, received \d+$/);
  });

  it('a model of another kind', async () => {
    exportOf('tiny-siglip');
    change('config.json', (json) => (json['model_type'] = 'bert'));
    await refused(/^expected clip, siglip or siglip2 for model_type in .*config\.json, received "bert"$/);
    change('config.json', (json) => (json['model_type'] = 'clip'));
    await refused(/exported without projection/);
  });

  it('a link out of the folder', async () => {
    exportOf('tiny-siglip');
    rmSync(join(folder, 'tokenizer_config.json'));
    symlinkSync(resolve('package.json'), join(folder, 'tokenizer_config.json'));
    await refused(/tokenizer_config\.json, received a link out of it$/);
  });

  it.each(['../mine', '/tmp/mine', 'Mine', '.mine'])('the id %j', async (id) => {
    exportOf('tiny-siglip');
    await expect(add(folder, { id })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

/** A copy of a tiny model as the hub's own client keeps it. */
function snapshotOf(repository: string): string {
  const cache = join(root, `models--${repository.replace('/', '--')}`);
  mkdirSync(join(cache, 'blobs'), { recursive: true });
  const snapshot = join(cache, 'snapshots', 'abc');
  cpSync('test/fixtures/tiny-siglip', snapshot, { recursive: true });
  cpSync(join(snapshot, 'tokenizer.json'), join(cache, 'blobs', 'f00'));
  rmSync(join(snapshot, 'tokenizer.json'));
  symlinkSync('../../blobs/f00', join(snapshot, 'tokenizer.json'));
  return snapshot;
}

it('a cache of the hub is read through its links, and known for the repository that it is of', async () => {
  await add(snapshotOf('some-owner/Tiny.Model'));
  const { manifest } = await loadModel('tiny.model', modelsDir);
  expect(manifest).toMatchObject({ id: 'tiny.model', source: 'some-owner/Tiny.Model@abc', languages: ['und'] });
});

it('of a repository of the catalogue, a cache is added with what the catalogue says', async () => {
  await add(snapshotOf('onnx-community/siglip2-base-patch16-224-ONNX'), { license: 'mine' }, false);
  expect(shown!.logitsFrom).toBe('read from the published weights');
  expect(shown!.manifest).toMatchObject({
    id: 'siglip2-base-patch16-224-onnx',
    languages: ['mul'],
    license: 'mine',
    logitBias: -16.771725,
  });
});

it('a model that is there is not replaced', async () => {
  exportOf('tiny-siglip');
  mkdirSync(modelsDir);
  symlinkSync(root, join(modelsDir, 'mine'));
  await expect(add(folder, { id: 'mine' })).rejects.toMatchObject({ code: 'MODEL_EXISTS' });
});

describe('weights outside an ONNX file', () => {
  const orders = [false, true];
  /** A model of tensors of four megabytes, each with a file beside it that is named. */
  const write = (names: readonly string[], isValueFirst: boolean) => {
    const path = join(root, 'model.onnx');
    const tensors = names.map((name) =>
      message([[9, Buffer.alloc(1 << 22, 7)], externalEntry('location', name, isValueFirst)]),
    );
    writeFileSync(path, message([[GRAPH, message(tensors.map((tensor) => [INITIALIZER, tensor] as const))]]));
    return path;
  };

  it.each(orders)('are found by their names, the value before the key: %j', async (isValueFirst) => {
    const names = ['model.onnx_data', 'b.data', 'a'.repeat(200)];
    expect(await externalDataOf(write(names, isValueFirst))).toEqual(names.toSorted());
  });

  it.each(['../secret', '/etc/passwd', 'a/b'])('are not followed to %j', async (name) => {
    for (const isValueFirst of orders)
      await expect(externalDataOf(write([name], isValueFirst))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it.each(orders)('are part of the model, the value before the key: %j', async (isValueFirst) => {
    exportOf('tiny-siglip');
    moveWeightsOut(join(folder, 'onnx/text_model.onnx'), 'text_model.onnx_data', isValueFirst);
    const { files } = (await add(folder, { id: 'mine' }))!;
    expect(files.map(({ name }) => name)).toContain('text_model.onnx_data');
  });
});

describe('preprocessor_config.json of all ages', () => {
  const read = (json: object, family: 'clip' | 'siglip' = 'clip') =>
    imageSettings(preprocessorSchema.parse(json), family, 'a file');

  it('says size and crop', () => {
    expect(read({ size: 224, crop_size: 224, do_center_crop: true })).toMatchObject({ width: 224, resize: 'crop' });
    expect(read({ size: 224 }, 'siglip')).toMatchObject({ width: 224, height: 224, resize: 'squash' });
    expect(read({ size: { height: 256, width: 256 }, resample: 2 })).toMatchObject({
      resize: 'squash',
      interpolation: 'bilinear',
    });
    expect(read({ size: { shortest_edge: 256 }, crop_size: { height: 224, width: 224 } })).toMatchObject({
      width: 224,
      shortestEdge: 256,
    });
  });

  it.each([
    [{ size: 224, crop_size: 224, resample: 1 }, 'resample'],
    [{ size: 224, crop_size: 224, rescale_factor: 1 }, 'rescale_factor'],
    [{ size: 224, do_center_crop: false }, 'do_center_crop'],
    [{ size: 224, do_resize: false }, 'do_resize'],
  ])('%j is refused by its field', (json, field) => {
    expect(() => read(json)).toThrow(field);
  });
});
