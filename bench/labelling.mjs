// What corrections are worth: how many pictures get the right label of an exclusive set before any correction, and after
// 1, 5 and 20 for each label (docs/decisions/016-learning-from-corrections.md).
//
//   npm run build && node bench/labelling.mjs FOLDER [MODEL]
//
// FOLDER holds labels.jsonl, a picture a line: {"file", "labels": [the true class], "set"}. A file name ends in a number:
// a multiple of four is for tuning, the rest is what is judged here, each by heads trained on others. MODEL is a folder or
// a name in models/. A set with fewer than four pictures a label is left out; corrections end where its pictures do.
import { performance } from 'node:perf_hooks';
import sharp from 'sharp';
import { openLabelledPictures } from './support/labelled-pictures.mjs';
import { shuffled } from './support/shuffled.mjs';
import { preprocess } from '#dist/inference/preprocess.js';
import { classEmbedding, createZeroShotClassifier, fillTemplates } from '#dist/inference/zero-shot.js';
import { trainHead } from '#dist/labelling/learning/cross-validate.js';
import { answerWith, fitHead } from '#dist/labelling/learning/fit-head.js';
import { priorLogits } from '#dist/labelling/learning/label-head.js';

const SHOTS = [1, 5, 20];
const FOLDS = 4;
const LEAST_PICTURES = 4;
/** A labeller goes on after the head was trained anew: so often before each of the SHOTS. */
const ROUNDS = 2;

const { pool, pictures } = await openLabelledPictures(process.argv.slice(2), (path, image) =>
  preprocess(sharp(path).autoOrient(), image),
);
const { manifest } = pool;

const sets = new Map();
for (const picture of shuffled(pictures)) sets.set(picture.set, [...(sets.get(picture.set) ?? []), picture]);
const orders = {
  random: (left) => left,
  UNCERTAIN_FIRST: (left, judge) => byMargin(left, judge),
};

for (const names of ['the words of the set', 'words that the model does not know']) {
  const rows = {};
  const means = {};
  for (const [set, own] of sets) {
    const labels = [...new Set(own.map(({ labels: [label] }) => label))];
    if (own.length < labels.length * LEAST_PICTURES) continue;
    const examples = await examplesOf(own, labels, names === 'the words of the set');
    for (const [order, sort] of Object.entries(orders)) {
      const curve = await curveOf(examples, labels.length, sort);
      rows[`${set}, ${order}`] = printed(curve);
      (means[order] ??= []).push(curve);
    }
  }
  console.log(`Share of right labels in per cent, with ${names}. Used: by the prior where the head is not better`);
  console.table(rows);
  console.table(Object.fromEntries(Object.entries(means).map(([order, curves]) => [order, printed(meanOf(curves))])));
}

const timed = await examplesOf(pictures.slice(0, 1000), [...new Set(pictures.map(({ set }) => set))], true);
timed.forEach((example, index) => (example.decisions = oneOf(sets.size, index % sets.size)));
await printTime('fit a head', () => fitHead(timed, true, 1));
await printTime('fit and cross-validate', () => trainHead(timed, true));
await pool.close();

async function printTime(what, run) {
  const startedAt = performance.now();
  await run();
  const tookMs = Math.round(performance.now() - startedAt);
  console.log(`${what}: ${timed.length} corrections, ${sets.size} labels, ${tookMs} ms`);
}

async function examplesOf(own, labels, isNamed) {
  const classEmbeddings = await Promise.all(
    labels.map(async (label) => classEmbedding(await pool.encodeTexts(fillTemplates(label, manifest.templates)))),
  );
  const score = createZeroShotClassifier({ manifest, classEmbeddings, isMultiLabel: false });
  return own.map(({ embedding, file, labels: [label] }) => {
    const probabilities = isNamed
      ? score(embedding).map(({ probability }) => probability)
      : labels.map(() => 1 / labels.length);
    const truth = labels.indexOf(label);
    const isJudged = Number(/(\d+)\.\w+$/.exec(file)[1]) % 4 !== 0;
    return {
      embedding,
      prior: priorLogits(probabilities, true),
      decisions: oneOf(labels.length, truth),
      truth,
      isJudged,
    };
  });
}

/** By the number of corrections for each label: the share of pictures that get their label, 0 to 1. */
async function curveOf(examples, labelCount, sort) {
  const curve = {};
  const judgedCount = examples.filter(({ isJudged }) => isJudged).length;
  const add = (name, value) => (curve[name] = (curve[name] ?? 0) + value);
  for (let fold = 0; fold < FOLDS; fold++) {
    const judged = examples.filter(({ isJudged }, index) => index % FOLDS === fold && isJudged);
    const shareRight = (head) =>
      judged.filter((example) => best(answerWith(head, example, true).probabilities) === example.truth).length /
      judgedCount;
    let left = examples.filter((_, index) => index % FOLDS !== fold);
    const corrected = [];
    let head;
    add('0', shareRight());
    for (const shots of SHOTS) {
      for (let round = ROUNDS; round > 0; round--) {
        const missing = Math.max(0, Math.ceil((shots * labelCount - corrected.length) / round));
        const next = new Set(sort(left, (example) => answerWith(head, example, true).probabilities).slice(0, missing));
        left = left.filter((example) => !next.has(example));
        corrected.push(...next);
        if (sort !== orders.random) head = await fitHead(corrected, true, 1);
      }
      const training = await trainHead(shuffled(corrected), true);
      head = training.head;
      add(`after ${shots}`, shareRight(head));
      add(`${shots} used`, shareRight(training.isBetter ? head : undefined));
      add(`${shots} had`, corrected.length / labelCount / FOLDS / 100);
    }
  }
  return curve;
}

/** First where the two surest labels are nearest to one another. */
function byMargin(left, judge) {
  return left
    .map((example) => {
      const [first, second] = judge(example).toSorted((a, b) => b - a);
      return { example, margin: first - second };
    })
    .sort((a, b) => a.margin - b.margin)
    .map(({ example }) => example);
}

function best(probabilities) {
  return probabilities.indexOf(Math.max(...probabilities));
}

function oneOf(count, index) {
  const decisions = new Int8Array(count);
  decisions[index] = 1;
  return decisions;
}

function meanOf(curves) {
  const mean = {};
  for (const curve of curves)
    for (const [name, value] of Object.entries(curve)) mean[name] = (mean[name] ?? 0) + value / curves.length;
  return mean;
}

function printed(curve) {
  return Object.fromEntries(Object.entries(curve).map(([name, value]) => [name, Number((100 * value).toFixed(1))]));
}
