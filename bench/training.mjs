// How long a label set takes to learn from 1,000 corrections, cross-validation included: seconds of processor time of the one
// thread that does it.
//
//   npm run build && node bench/training.mjs [--corrections 1000] [--rounds 5]
//
// The corrections are made up: embeddings around a middle for each label, priors that are right more often than not.
import { parseArgs } from 'node:util';
import { quantile, rounded } from './support/meter.mjs';
import { randomOf } from './support/pictures.mjs';
import { l2Normalise } from '#dist/inference/vectors.js';
import { trainHead } from '#dist/labelling/learning/cross-validate.js';
import { fitHead } from '#dist/labelling/learning/fit-head.js';

const DIMENSION = 384;
const TARGET_SECONDS = 1;

const { values: options } = parseArgs({
  options: { corrections: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '5' } },
});

const rows = [];
for (const labelCount of [9, 20])
  for (const isExclusive of [true, false]) {
    const corrections = correctionsOf(labelCount, isExclusive);
    const [fits, trainings] = [[], []];
    for (let round = 0; round < Number(options.rounds); round++) {
      fits.push(await secondsOf(() => fitHead(corrections, isExclusive, 1)));
      trainings.push(await secondsOf(() => trainHead(corrections, isExclusive)));
    }
    const median = (values) => rounded(quantile(values, 0.5), 2);
    rows.push({ labels: labelCount, isExclusive, 'a fit': median(fits), 'with cross-validation': median(trainings) });
  }
console.table(rows);
console.log(`Target: at most ${TARGET_SECONDS} s for 1,000 corrections`);

function correctionsOf(labelCount, isExclusive) {
  const random = randomOf(7);
  const noise = () => (random() + random() + random() - 1.5) * 2;
  const direction = () => Array.from({ length: DIMENSION }, noise);
  const [common, middles] = [direction(), Array.from({ length: labelCount }, direction)];
  return Array.from({ length: Number(options.corrections) }, () => {
    const label = Math.floor(random() * labelCount);
    const embedding = middles[label].map((value, index) => 2 * common[index] + value / 2 + noise());
    const prior = (at) => (at === label ? 2 : 0) + 1.5 * noise();
    const decision = (at) => (isExclusive || random() < 0.5 ? Number(at === label) : -1);
    return {
      embedding: l2Normalise(Float32Array.from(embedding)),
      prior: Float64Array.from({ length: labelCount + Number(isExclusive) }, (_, at) => prior(at)),
      decisions: Int8Array.from({ length: labelCount }, (_, at) => decision(at)),
    };
  });
}

async function secondsOf(run) {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
