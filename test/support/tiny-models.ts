import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Golden } from './encoder.js';
import { parseModelManifest, type ModelManifest } from '#dist/inference/model-manifest.js';

export type TinyModel = 'tiny-clip' | 'tiny-siglip';

interface TinyGolden extends Golden {
  /** [image][text] */
  readonly cosines: readonly number[][];
  readonly logitScale: number;
  readonly logitBias?: number;
  readonly probabilities?: readonly number[][];
}

export const tinyGolden = (model: TinyModel): TinyGolden =>
  JSON.parse(readFileSync(`test/fixtures/${model}/golden.json`, 'utf8')) as TinyGolden;

const PARTS = {
  'tiny-clip': (folder) => {
    const { image_mean: mean, image_std: std, size } = readJson(folder, 'preprocessor_config.json');
    return {
      dimension: readJson(folder, 'config.json').projection_dim,
      activation: 'softmax',
      image: {
        output: 'image_embeds',
        width: 224,
        height: 224,
        resize: 'crop',
        shortestEdge: size.shortest_edge,
        mean,
        std,
      },
      text: {
        output: 'text_embeds',
        inputs: { inputIds: 'input_ids', attentionMask: 'attention_mask' },
        contextLength: 77,
        padding: 'longest',
        padId: 49407,
      },
    };
  },
  'tiny-siglip': (folder) => {
    const { image_mean: mean, image_std: std } = readJson(folder, 'preprocessor_config.json');
    return {
      dimension: 32,
      activation: 'sigmoid',
      image: { output: 'pooler_output', width: 256, height: 256, resize: 'squash', mean, std },
      text: {
        output: 'pooler_output',
        inputs: { inputIds: 'input_ids' },
        contextLength: 64,
        padding: 'contextLength',
        padId: 1,
      },
    };
  },
} satisfies Record<TinyModel, (folder: string) => object>;

function readJson(folder: string, name: string) {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
    image_mean: number[];
    image_std: number[];
    size: { shortest_edge: number };
    projection_dim: number;
  };
}

/**
 * Copies a tiny model to a folder and writes its model.json, as it is or changed.
 * @param onnx the files of the two encoders: the same one for a combined export
 */
export function writeTinyModel(
  model: TinyModel,
  folder: string,
  onnx = { image: 'onnx/vision_model.onnx', text: 'onnx/text_model.onnx' },
  change: (manifest: ModelManifest) => object = (manifest) => manifest,
): void {
  cpSync(join('test/fixtures', model), folder, { recursive: true });
  const { image, text, ...rest } = PARTS[model](folder);
  const { logitScale, logitBias = 0 } = tinyGolden(model);
  const manifest = {
    id: model,
    languages: ['en'],
    license: 'Apache-2.0',
    files: [...new Set([onnx.image, onnx.text, 'tokenizer.json'])].map((name) => describeFile(folder, name)),
    image: { ...image, file: onnx.image, input: 'pixel_values', interpolation: 'bicubic', background: '#ffffff' },
    text: { ...text, file: onnx.text, tokenizer: 'tokenizer.json' },
    logitScale,
    logitBias,
    templates: ['a photo of a {}'],
    ...rest,
  };
  writeFileSync(
    join(folder, 'model.json'),
    JSON.stringify(change(parseModelManifest(JSON.stringify(manifest), model))),
  );
}

/** What a manifest says of a file. */
export function describeFile(folder: string, name: string): ModelManifest['files'][number] {
  const bytes = readFileSync(join(folder, name));
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
