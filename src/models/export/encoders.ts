import type { ExportFolder } from './export-folder.js';
import { externalDataOf } from './external-data.js';
import type { Family } from './export-config.js';
import { OnnxGraph } from './onnx-graph.js';
import { AfterimageError, expected } from '../../errors.js';
import { DTYPES, type Dtype, type ModelManifest } from '../../inference/model-manifest.js';
import type { ModelPart } from '../../inference/model-registry.js';
import { findOnnxFiles, type OnnxContent, type OnnxName } from '../onnx-names.js';

/** Names of the tensors of an encoder, where the file has them. */
interface Tensors {
  readonly image?: Pick<ModelManifest['image'], 'input' | 'output'>;
  readonly text?: Pick<ModelManifest['text'], 'inputs' | 'output'> & { readonly fixedLength: number | undefined };
}

interface OnnxFile extends OnnxName, Tensors {
  /** Width and height, where the graph takes no others. */
  readonly fixedSize: readonly [height: number, width: number] | undefined;
  /** Files beside it that hold its weights, relative to the export's folder. */
  readonly externalData: readonly string[];
}

/** One encoder of an export. The first is the one with the most exact weights. */
export type EncoderFiles = readonly [OnnxFile, ...OnnxFile[]];

export interface Encoders {
  readonly image: EncoderFiles;
  readonly text: EncoderFiles;
  /** Files that may compute logits, the most exact one first; where the encoders are separate, none has been opened. */
  readonly combined: readonly OnnxName[];
}

/**
 * Opens the ONNX files of an export and chooses: separate encoders where both are there, otherwise combined ones, which
 * compute both for either.
 * @param usable paths of those that may become encoders; all by default
 * @throws MODEL_INVALID naming the file that cannot be read, or saying what is missing
 */
export async function findEncoders(
  folder: ExportFolder,
  family: Family,
  usable: readonly string[] = folder.files,
): Promise<Encoders> {
  const names = findOnnxFiles(folder.files).sort(byExactness);
  const files: OnnxFile[] = [];
  const open = async (...contents: OnnxContent[]) => {
    for (const name of names)
      if (contents.includes(name.content) && usable.includes(name.path))
        files.push(await readOnnxFile(folder, name, family));
  };
  const of = (part: ModelPart, content: OnnxContent) => files.filter((file) => file.content === content && file[part]);
  await open('image', 'text');
  const lacking = (['image', 'text'] as const).find((part) => of(part, part).length === 0);
  if (lacking) await open('both');
  const encoders = (part: ModelPart): EncoderFiles => {
    const [first, ...others] = of(part, lacking ? 'both' : part);
    if (first) return [first, ...others.filter((other) => other[part]!.output === first[part]!.output)];
    throw new AfterimageError('MODEL_INVALID', missing(lacking ?? part, folder, files));
  };
  const [image, text] = [encoders('image'), encoders('text')];
  return { image, text, combined: names.filter(({ content }) => content === 'both') };
}

const byExactness = (a: OnnxName, b: OnnxName) => order(a.dtype) - order(b.dtype);
const order = (dtype: Dtype) => DTYPES.indexOf(dtype);

function missing(part: ModelPart, { path }: ExportFolder, files: readonly OnnxFile[]): string {
  const name = part === 'image' ? 'vision_model.onnx' : 'text_model.onnx';
  const other = files.find((file) => file.content === part);
  if (!other) return `expected a ${name} or a model.onnx in ${path} or its onnx folder, received none`;
  const output = part === 'image' ? 'image_embeds' : 'text_embeds';
  return `expected a float32 output ${output} of ${other.path} in ${path}, received an encoder without (exported without projection?)`;
}

/** @throws MODEL_INVALID naming the file that cannot be read */
export async function readOnnxFile(folder: ExportFolder, name: OnnxName, family: Family): Promise<OnnxFile> {
  const path = folder.pathOf(name.path);
  const below = name.path.slice(0, name.path.lastIndexOf('/') + 1);
  const externalData = (await externalDataOf(path)).map((file) => below + file);
  const lost = externalData.find((file) => !folder.has(file));
  if (lost !== undefined)
    throw new AfterimageError(
      'MODEL_INVALID',
      `expected the weights of ${path} in ${folder.pathOf(lost)}, received none`,
    );
  return OnnxGraph.use(path, (graph) => ({ ...name, ...tensorsOf(graph, name.content, family), externalData }));
}

function tensorsOf(graph: OnnxGraph, content: OnnxContent, family: Family): Tensors & Pick<OnnxFile, 'fixedSize'> {
  const unknown = graph.inputs.find(({ name }) => !KNOWN_INPUTS.has(name));
  if (unknown)
    throw new AfterimageError(
      'MODEL_INVALID',
      expected(`one of ${[...KNOWN_INPUTS].join(', ')}`, `an input of ${graph.path}`, unknown.name),
    );
  const pixels = graph.input('pixel_values');
  const ids = graph.input('input_ids');
  const output = (projected: string) => {
    if (graph.hasOutput(projected)) return projected;
    // SigLIP has no projection: what is pooled is the embedding. Of CLIP it is something else.
    return family === 'siglip' && content !== 'both' && graph.hasOutput('pooler_output') ? 'pooler_output' : undefined;
  };
  const [imageOutput, textOutput] = [output('image_embeds'), output('text_embeds')];
  const isNumber = (size: number | string | undefined) => typeof size === 'number' && size > 0;
  const [, , height, width] = pixels?.shape ?? [];
  const length = ids?.shape[1];
  return {
    fixedSize: isNumber(height) && isNumber(width) ? [height as number, width as number] : undefined,
    ...(pixels?.type === 'float32' && imageOutput && content !== 'text'
      ? { image: { input: pixels.name, output: imageOutput } }
      : {}),
    ...(ids && textOutput && content !== 'image'
      ? {
          text: {
            inputs: {
              inputIds: ids.name,
              ...(graph.input('attention_mask') ? { attentionMask: 'attention_mask' } : {}),
              ...(graph.input('token_type_ids') ? { tokenTypeIds: 'token_type_ids' } : {}),
            },
            output: textOutput,
            fixedLength: isNumber(length) ? (length as number) : undefined,
          },
        }
      : {}),
  };
}

const KNOWN_INPUTS = new Set(['pixel_values', 'input_ids', 'attention_mask', 'token_type_ids']);
