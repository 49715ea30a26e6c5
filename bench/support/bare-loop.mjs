// What an ingest cannot do without: decode, derive, encode. As many at a time and as many threads as the server has,
// but no database, no store, no hash, no metadata.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { startMeter } from './meter.mjs';
import { answerTo } from './process.mjs';
import { deriveImages } from '#dist/assets/derive-images.js';
import { parseConfig } from '#dist/config.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { loadModel } from '#dist/inference/model-registry.js';

const JOBS_PER_WORKER = 2;

const { workerCount, maxPixels } = parseConfig({ WORKERS: process.env.WORKERS ?? availableParallelism() });
const model = await loadModel('afterimage-small-v1', fileURLToPath(new URL('../../models', import.meta.url)));
const encoder = new InferencePool(model, { workerCount });
await encoder.start();

answerTo({
  async ingest(paths) {
    const stop = startMeter();
    await pLimit(workerCount * JOBS_PER_WORKER).map(paths, async (path) =>
      encoder.encodeImage((await deriveImages(path, maxPixels, [model.manifest.image])).pixels[0]),
    );
    return stop();
  },
});
process.once('disconnect', () => encoder.close());
