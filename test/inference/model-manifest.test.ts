import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseModelManifest } from '#dist/inference/model-manifest.js';
import { BUILT_IN } from '../support/encoder.js';

const json = readFileSync(`models/${BUILT_IN}/model.json`, 'utf8');

/** The built-in manifest with one value, at a path of keys, replaced (or taken away by undefined). */
function manifestWith(path: string, value: unknown): string {
  const manifest = JSON.parse(json) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce((node, key) => node[key] as Record<string, unknown>, manifest);
  parent[last] = value;
  return JSON.stringify(manifest);
}

describe('a model manifest', () => {
  it('is read as it is', () => {
    expect(parseModelManifest(json, 'model.json')).toEqual(JSON.parse(json));
  });

  it('may do without an attention mask', () => {
    const manifest = parseModelManifest(manifestWith('text.inputs.attentionMask', undefined), 'model.json');
    expect(manifest.text.inputs).toEqual({ inputIds: 'input_ids' });
  });

  it('may keep its files in folders, in variants, and have one file for both encoders', () => {
    const manifest = JSON.parse(json) as ReturnType<typeof parseModelManifest>;
    const file = (name: string) => ({ ...manifest.files[0]!, name });
    const variants = { fp32: 'onnx/model.onnx', int8: 'onnx/model_int8.onnx' };
    const combined = {
      ...manifest,
      source: 'someone/model at 1a2b3c',
      files: [
        file('tokenizer.json'),
        file('onnx/model.onnx'),
        file('onnx/model_int8.onnx'),
        file('onnx/model.onnx_data'),
      ],
      image: { ...manifest.image, file: variants.fp32, variants, resize: 'crop', shortestEdge: 292 },
      text: { ...manifest.text, file: variants.fp32, variants, lowercase: true },
    };
    expect(parseModelManifest(JSON.stringify(combined), 'model.json')).toEqual(combined);
  });

  it.each([
    ['id', '../other'],
    ['id', 'Capital'],
    ['languages', []],
    ['dimension', 0],
    ['dimension', 1.5],
    ['files', []],
    ['files.0.sha256', 'abc'],
    ['files.0.bytes', -1],
    ['image.width', '260'],
    ['image.resize', 'stretch'],
    ['image.shortestEdge', 300],
    ['image.variants', { int8: 'other.onnx' }],
    ['image.variants', { q4: 'vision.onnx' }],
    ['text.variants', { fp32: 'vision.onnx' }],
    ['image.mean', [0.5, 0.5]],
    ['image.std', [1, 0, 1]],
    ['image.background', 'white'],
    ['text.inputs.inputIds', undefined],
    ['text.contextLength', undefined],
    ['text.padding', 'max'],
    ['logitScale', -1],
    ['logitBias', undefined],
    ['activation', 'relu'],
    ['templates', ['a photo']],
  ])('with a bad %s is refused by that name: %j', (path, value) => {
    const parse = () => parseModelManifest(manifestWith(path, value), 'my/model.json');
    expect(parse).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }));
    expect(parse).toThrow(`expected a model manifest in my/model.json, received ${path}`);
  });

  it.each([
    '../vision.onnx',
    '/etc/passwd',
    'a/../../b.onnx',
    'a//b.onnx',
    'a/',
    'a\\b.onnx',
    '..',
    '.hidden',
    'vision.onnx\n',
    '',
  ])('cannot name a file outside its folder: %j', (name) => {
    expect(() => parseModelManifest(manifestWith('files.0.name', name), 'model.json')).toThrow('files.0.name: ');
    expect(() => parseModelManifest(manifestWith('image.file', name), 'model.json')).toThrow('image.file: ');
  });

  it.each(['image.file', 'text.file', 'text.tokenizer'])('lists the file that %s names', (path) => {
    const parse = () => parseModelManifest(manifestWith(path, 'missing.bin'), 'model.json');
    expect(parse).toThrow(`received ${path}: expected a name in files`);
  });

  it('with several mistakes has all of them named, unknown fields too', () => {
    const manifest = JSON.stringify({ ...JSON.parse(manifestWith('image.width', 0)), dimension: 'x', colour: 'red' });
    for (const name of ['image.width', 'dimension', 'colour'])
      expect(() => parseModelManifest(manifest, 'model.json')).toThrow(name);
    expect(() => parseModelManifest(manifestWith('text.vocabulary', 1), 'model.json')).toThrow(/text: .*"vocabulary"/);
  });

  it.each(['', '{', 'null', '[]'])('is not %j', (text) => {
    expect(() => parseModelManifest(text, 'model.json')).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }));
  });
});
