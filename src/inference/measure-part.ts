import { InferenceThread } from './inference-thread.js';
import type { MeasuredTimes } from './measured-times.js';
import type { LoadedModel, ModelPart } from './model-registry.js';
import { blankPicture } from './preprocess.js';

const RUNS = 4;
const TEXT = 'a photo of two boats at sunset';

/**
 * As `times` has it, or else measured now and added to them.
 * @returns milliseconds
 * @throws as `measureMs`
 */
export async function knownMs(model: LoadedModel, part: ModelPart, times: MeasuredTimes): Promise<number> {
  const ms = times.of(part, model.files[part]) ?? (await measureMs(model, part));
  times.set(part, model.files[part], ms);
  return ms;
}

/**
 * How long one run of a model's part takes: the shortest of a few, after one that warms up, in a thread of its own that ends
 * afterwards.
 * @returns milliseconds, to two digits
 * @throws MODEL_INVALID, INFERENCE_FAILED, TENSOR_INVALID
 */
async function measureMs(model: LoadedModel, part: ModelPart): Promise<number> {
  const thread = new InferenceThread(model, [part]);
  try {
    await thread.ready;
    let shortestMs = Infinity;
    for (let run = 0; run <= RUNS; run++) {
      const startMs = performance.now();
      await thread.run(
        part === 'text'
          ? { type: 'texts', texts: [TEXT] }
          : { type: 'images', pictures: [blankPicture(model.manifest.image)] },
      );
      if (run > 0) shortestMs = Math.min(shortestMs, performance.now() - startMs);
    }
    return Number(shortestMs.toFixed(2));
  } finally {
    await thread.close();
  }
}
