import type { Dtype } from '../inference/model-manifest.js';

/** Which encoder a file of a hub's export holds; `both` in one graph. */
export type OnnxContent = 'image' | 'text' | 'both';

export interface OnnxName {
  /** Relative to the export's folder, with forward slashes. */
  readonly path: string;
  readonly content: OnnxContent;
  readonly dtype: Dtype;
}

const CONTENTS = { vision_model: 'image', text_model: 'text', model: 'both' } as const;
const DTYPES: Readonly<Record<string, readonly Dtype[]>> = {
  '': ['fp32'],
  fp32: ['fp32'],
  fp16: ['fp16'],
  int8: ['int8'],
  uint8: ['uint8'],
  // The old name of an 8-bit file: signed or not, depending on what is in it.
  quantized: ['int8', 'uint8'],
};

/**
 * Finds the encoders among the files of an export, which are in its folder or in `onnx/`. Those of 4 bits and with both
 * 4 and 16 are passed over.
 */
export function findOnnxFiles(paths: readonly string[]): OnnxName[] {
  const found: OnnxName[] = [];
  // Those with a name of their own take it before the old name does.
  for (const path of paths.toSorted((a, b) => Number(a.includes('quantized')) - Number(b.includes('quantized')))) {
    const [, name, suffix = ''] = /^(?:onnx\/)?(vision_model|text_model|model)(?:_(\w+))?\.onnx$/.exec(path) ?? [];
    if (!name) continue;
    const content = CONTENTS[name as keyof typeof CONTENTS];
    const dtype = DTYPES[suffix]?.find(
      (each) => !found.some((file) => file.content === content && file.dtype === each),
    );
    if (dtype) found.push({ path, content, dtype });
  }
  return found;
}

/** What an export keeps beside an ONNX file, by the names that exporters give it: `model.onnx_data`, `model.onnx_data_1`. */
export function isExternalDataOf(path: string, onnxPath: string): boolean {
  return path.startsWith(onnxPath) && /^[._]data(_\d+)?$/.test(path.slice(onnxPath.length));
}

/** Files of these names say how an export is used. */
export const EXPORT_SETTINGS = [
  'config.json',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
] as const;
