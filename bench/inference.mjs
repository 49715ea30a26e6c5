// Pictures and texts a second, from the file and from the string to the embedding, beside @huggingface/transformers on the
// same ONNX files. It is not among the dependencies (it brings a second, large runtime):
//   npm install --no-save --ignore-scripts @huggingface/transformers@4.3.1
//   node bench/inference.mjs [--model NAME_OR_FOLDER] [--models-dir DIR] [--seconds 3]
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { hubLayout } from './support/hub-layout.mjs';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { loadModel } from '#dist/inference/model-registry.js';
import { OnnxEncoder } from '#dist/inference/onnx-encoder.js';
import { preprocess } from '#dist/inference/preprocess.js';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'afterimage-small-v1' },
    'models-dir': { type: 'string', default: 'models' },
    seconds: { type: 'string', default: '3' },
  },
});
const BATCHES = [1, 8, 16];
const PICTURES = ['boats-at-sunset', 'cat-face', 'acanthus-plant', 'biplane-from-above'].map((name) =>
  join('samples', `${name}.jpg`),
);
const WORDS = ['a photo of a cat', 'sunset over two boats', 'an old biplane seen from above', 'leaves of a plant'];
const CORES = availableParallelism();
// The threads of a run on all cores go on turning for some milliseconds, and the other one must not pay for much of that.
const TURN_MS = 500;
// Turns before those that count: V8 has compiled what runs often by then, of both.
const WARM_UPS = 2;
// So many are asked of the pool at a time, whatever the batch that the other one gets them in: the pictures of an import,
// the words of a label set.
const IN_FLIGHT = { images: 4 * CORES, texts: 32 * CORES };
// The same for both: one thread, and 8-bit products that do not overflow on processors without VNNI.
const ONE_THREAD = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { x64quantprecision: '1' } },
};
const ALL_THREADS = { extra: ONE_THREAD.extra };

sharp.concurrency(1);
sharp.cache(false);

// In its place the lockfile has an empty package, so that LanceDB does not bring it.
const { env, ...transformers } = await import('@huggingface/transformers');
const isInstalled = env !== undefined;

/** What each way is given, in the same order: a text is never the same twice, since ours would answer it from its cache. */
function material() {
  let turn = 0;
  const picture = () => PICTURES[turn++ % PICTURES.length];
  const text = () => `${WORDS[turn % WORDS.length]}, number ${turn++}`;
  return { picture, text };
}
const many = (make, count) => Array.from({ length: count }, make);

/** Ways to embed `count` pictures or texts. A batch is what one run takes; the pool makes its own. */
async function ours(model) {
  const encoder = await OnnxEncoder.load(model);
  const pool = new InferencePool(model, { workerCount: CORES });
  await pool.start();
  const { image } = model.manifest;
  const read = (path) => preprocess(sharp(path), image);
  const [{ picture, text }, pooled] = [material(), material()];
  return {
    oneThread: {
      images: async (count) => encoder.encodeImages(await Promise.all(many(picture, count).map(read))),
      texts: (count) => encoder.encodeTexts(many(text, count)),
    },
    allCores: {
      images: (count) =>
        Promise.all(many(pooled.picture, count).map(async (path) => pool.encodeImage(await read(path)))),
      texts: (count) => pool.encodeTexts(many(pooled.text, count)),
    },
    close: () => pool.close(),
  };
}

const inBatches = (work) => async (count, batch) => {
  for (let from = 0; from < count; from += batch) await work(Math.min(batch, count - from));
};

async function theirs(model) {
  if (!isInstalled) return undefined;
  const { AutoProcessor, AutoTokenizer, RawImage } = transformers;
  const layout = await hubLayout(model);
  env.allowRemoteModels = false;
  env.localModelPath = layout.parent;
  const isSiglip = model.manifest.activation === 'sigmoid';
  const [Vision, Text] = isSiglip
    ? [transformers.SiglipVisionModel, transformers.SiglipTextModel]
    : [transformers.CLIPVisionModelWithProjection, transformers.CLIPTextModelWithProjection];
  const processor = await AutoProcessor.from_pretrained(layout.name);
  const tokenizer = await AutoTokenizer.from_pretrained(layout.name);
  const padding = model.manifest.text.padding === 'contextLength' ? 'max_length' : true;
  const load = async (session_options) => {
    const settings = { dtype: 'fp32', device: 'cpu', session_options };
    const vision = await Vision.from_pretrained(layout.name, settings);
    const words = await Text.from_pretrained(layout.name, settings);
    const { picture, text } = material();
    return {
      images: inBatches(async (size) =>
        vision(await processor(await Promise.all(many(picture, size).map((path) => RawImage.read(path))))),
      ),
      texts: inBatches((size) => words(tokenizer(many(text, size), { padding, truncation: true }))),
    };
  };
  return { oneThread: await load(ONE_THREAD), allCores: await load(ALL_THREADS), close: () => layout.remove() };
}

/**
 * Both in turns, so that what else the machine does falls on both alike; by the clock, and by processor time, which other
 * work disturbs less.
 * @returns items a second of either, for each way
 */
async function rates(ways, count, batch) {
  for (let round = 0; round < WARM_UPS; round++) for (const way of ways) await turn(way, count, batch);
  const spent = ways.map(() => ({ clock: 0, processor: 0, items: 0 }));
  const untilMs = performance.now() + Number(options.seconds) * 1_000;
  while (performance.now() < untilMs)
    for (const [index, way] of ways.entries())
      for (const [name, value] of Object.entries(await turn(way, count, batch))) spent[index][name] += value;
  return spent.map(({ clock, processor, items }) => ({ clock: items / clock, processor: items / processor }));
}

/** @returns seconds by the clock and of processor time, and items embedded meanwhile */
async function turn(way, count, batch) {
  const [startMs, before] = [performance.now(), process.cpuUsage()];
  let items = 0;
  do {
    await way(count, batch);
    items += count;
  } while (performance.now() - startMs < TURN_MS);
  const { user, system } = process.cpuUsage(before);
  return { clock: (performance.now() - startMs) / 1_000, processor: (user + system) / 1_000_000, items };
}

const model = await loadModel(options.model, options['models-dir']);
const names = { images: new Set(), texts: new Set() };
for (const [kind, part] of [
  ['images', 'image'],
  ['texts', 'text'],
]) {
  const { file, variants = {} } = model.manifest[part];
  for (const name of [file, ...Object.values(variants)]) names[kind].add(name);
}

const rows = [];
for (const [kind, part] of [
  ['images', 'image'],
  ['texts', 'text'],
])
  for (const name of names[kind]) {
    const chosen = { ...model, files: { ...model.files, [part]: join(model.folder, name) } };
    const mine = await ours(chosen);
    const other = await theirs(chosen);
    for (const threads of ['oneThread', 'allCores'])
      for (const batch of BATCHES) {
        const ways = [mine[threads][kind], ...(other ? [other[threads][kind]] : [])];
        const isPool = threads === 'allCores';
        const [own, reference] = await rates(ways, isPool ? Math.max(batch, IN_FLIGHT[kind]) : batch, batch);
        const ratio = (by) => (reference ? Number((own[by] / reference[by]).toFixed(2)) : '');
        rows.push({
          file: name,
          threads: isPool ? `${CORES}, pool` : '1',
          batch,
          'ours/s': Number(own.clock.toFixed(1)),
          'transformers/s': reference ? Number(reference.clock.toFixed(1)) : 'not installed',
          'by the clock': ratio('clock'),
          'by processor time': ratio('processor'),
        });
      }
    await mine.close();
    await other?.close();
  }
console.table(rows);
process.exit();
