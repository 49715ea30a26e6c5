// What the model alone takes of the memory, in a process of its own: both encoders, run once.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerTo } from './process.mjs';
import { derivePixels } from '#dist/assets/derive-images.js';
import { parseConfig } from '#dist/config.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { loadModel } from '#dist/inference/model-registry.js';

const SAMPLE = join(fileURLToPath(new URL('../../samples', import.meta.url)), 'cat-face.jpg');

answerTo({
  /** Bytes, beyond those of a process that has loaded the same code. */
  async modelBytes() {
    const { model: name, modelsDir, maxPixels, workerCount } = parseConfig(process.env);
    const before = process.memoryUsage.rss();
    const model = await loadModel(name, modelsDir);
    const encoder = new InferencePool(model, { workerCount });
    await encoder.start();
    await encoder.encodeTexts(['a cat']);
    await encoder.encodeImage(await derivePixels(SAMPLE, maxPixels, model.manifest.image));
    const bytes = process.memoryUsage.rss() - before;
    await encoder.close();
    return bytes;
  },
});
process.once('disconnect', () => process.exit());
