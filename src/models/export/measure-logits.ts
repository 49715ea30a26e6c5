import { readOnnxFile, type Encoders } from './encoders.js';
import type { Family } from './export-config.js';
import type { ExportFolder } from './export-folder.js';
import { fitLogits, type Logits } from './logits.js';
import { OnnxGraph } from './onnx-graph.js';
import { embeddingLength } from './probe.js';
import { AfterimageError } from '../../errors.js';
import type { Tensor } from '../../inference/onnx-runtime.js';
import type { OnnxName } from '../onnx-names.js';

/** Neither, where no file computes logits. */
export interface MeasuredLogits {
  readonly logits?: Logits;
  /** Why they could not be measured, in words. */
  readonly fault?: string;
}

export type FeedsFor = (graph: OnnxGraph) => Readonly<Record<string, Tensor>>;

/**
 * By the first file that computes logits. One that is no encoder is wanted for two numbers only, so what is wrong with it
 * does not make the model unusable.
 * @throws MODEL_INVALID, TENSOR_INVALID for a file that is an encoder too
 */
export async function measureLogits(
  folder: ExportFolder,
  { image, text, combined }: Encoders,
  family: Family,
  feedsFor: FeedsFor,
): Promise<MeasuredLogits> {
  let fault: string | undefined;
  for (const name of combined) {
    try {
      const logits = await measure(folder, name, family, feedsFor);
      if (logits) return { logits };
    } catch (error) {
      const isEncoder = [...image, ...text].some(({ path }) => path === name.path);
      if (isEncoder || !(error instanceof AfterimageError)) throw error;
      fault ??= error.message;
    }
  }
  return fault === undefined ? {} : { fault };
}

async function measure(
  folder: ExportFolder,
  name: OnnxName,
  family: Family,
  feedsFor: FeedsFor,
): Promise<Logits | undefined> {
  const { image, text } = await readOnnxFile(folder, name, family);
  if (!image || !text) return undefined;
  return OnnxGraph.use(folder.pathOf(name.path), async (graph) => {
    if (!graph.hasOutput('logits_per_image')) return undefined;
    const names = [image.output, text.output, 'logits_per_image'] as const;
    const answer = await graph.run(feedsFor(graph), names);
    const [images, texts, logits] = names.map((each) => answer[each]!) as [Tensor, Tensor, Tensor];
    embeddingLength(graph.path, image.output, images);
    embeddingLength(graph.path, text.output, texts);
    return fitLogits(images, texts, logits, family === 'siglip', graph.path);
  });
}
