import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BUILT_IN } from './encoder.js';

export const TINY = 'tiny-clip';
const DIMENSION = 24;
const FIXTURE = 'test/fixtures/tiny-clip';
const FILES = {
  'vision_model.onnx': `${FIXTURE}/onnx/vision_model.onnx`,
  'text_model.onnx': `${FIXTURE}/onnx/text_model.onnx`,
  'tokenizer.json': `${FIXTURE}/tokenizer.json`,
};

/** A folder of models with the built-in one and tiny-clip, which has random weights and another dimension. */
export function twoModels(): { readonly modelsDir: string; readonly remove: () => void } {
  const modelsDir = mkdtempSync(join(tmpdir(), 'afterimage-models-'));
  symlinkSync(resolve('models', BUILT_IN), join(modelsDir, BUILT_IN));
  addTinyClip(modelsDir, TINY);
  return { modelsDir, remove: () => rmSync(modelsDir, { recursive: true, force: true }) };
}

/** Another copy under a name of its own. @param change what is to be different in its manifest */
export function addTinyClip(modelsDir: string, id: string, change: object = {}): void {
  const folder = join(modelsDir, id);
  mkdirSync(folder);
  for (const [name, path] of Object.entries(FILES)) copyFileSync(path, join(folder, name));
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...manifestOf(id), ...change }));
}

/** What config.json and preprocessor_config.json of the fixture say, as our manifest says it. */
function manifestOf(id: string): object {
  return {
    id,
    languages: ['en'],
    license: 'Apache-2.0',
    dimension: DIMENSION,
    files: Object.entries(FILES).map(([name, path]) => {
      const content = readFileSync(path);
      return { name, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    }),
    image: {
      file: 'vision_model.onnx',
      input: 'pixel_values',
      output: 'image_embeds',
      width: 224,
      height: 224,
      resize: 'crop',
      interpolation: 'bicubic',
      mean: [0.48145466, 0.4578275, 0.40821073],
      std: [0.26862954, 0.26130258, 0.27577711],
      background: '#ffffff',
    },
    text: {
      file: 'text_model.onnx',
      tokenizer: 'tokenizer.json',
      inputs: { inputIds: 'input_ids', attentionMask: 'attention_mask' },
      output: 'text_embeds',
      contextLength: 77,
      padding: 'longest',
      padId: 49407,
    },
    logitScale: 14.284855842590332,
    logitBias: 0,
    activation: 'softmax',
    templates: ['{}', 'a photo of a {}'],
  };
}
