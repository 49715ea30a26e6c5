import { join } from 'node:path';
import { AfterimageError, expected } from '../errors.js';
import type { LoadedModel } from '../inference/model-registry.js';

/**
 * What to type to have signed 8-bit files, with a scale for each channel, of a model's 32-bit ones. Only matrix products:
 * the runtime has no signed 8-bit convolution, and one cuts a picture into patches.
 * @throws INVALID_ARGUMENT for a model that has none, or that was not made from an export
 */
export function quantiseCommand({ folder, manifest }: LoadedModel): string {
  const { id, image, text, languages, license, templates, logitScale, logitBias } = manifest;
  const files = new Set([image, text].map(({ variants, file }) => (variants ? variants.fp32 : file)));
  if (files.has(undefined) || !manifest.files.some(({ name }) => name === 'config.json'))
    throw new AfterimageError('INVALID_ARGUMENT', expected('a model with fp32 files, pulled or added', 'id', id));
  const path = (name: string) => JSON.stringify(join(folder, name));
  const calls = [...files].map((file) => {
    const [input, output] = [path(file!), path(file!.replace(/\.onnx$/, '_int8.onnx'))];
    return `quantize_dynamic(${input}, ${output}, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])`;
  });
  const python = `from onnxruntime.quantization import quantize_dynamic, QuantType; ${calls.join('; ')}`;
  const facts = [
    `--language ${quoted(languages.join(','))} --license ${quoted(license)}`,
    ...templates.map((template) => `--template ${quoted(template)}`),
    `--logit-scale ${logitScale} --logit-bias=${logitBias}`,
  ].join(' ');
  return `No maintained library quantises ONNX files in Node. In Python it is one line; then take the model in under another id:

pip install onnx onnxruntime
python3 -c ${quoted(python)}
afterimage models add ${quoted(folder)} --id ${id}-int8 ${facts}`;
}

/** For a shell: a manifest from a stranger may hold what it would run. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
