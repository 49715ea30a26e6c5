// What reviewing does to an exclusive set in a library most pictures of which fit none of its labels, with a label for all
// else and without (docs/decisions/016-learning-from-corrections.md).
//
//   npm run build && node bench/other-label.mjs FOLDER [MODEL]
//
// FOLDER holds labels.jsonl, as for labelling.mjs: the pictures of the other sets fit no label, unless one is called the
// same. MODEL is a folder or a name in models/.
import sharp from 'sharp';
import { openLabelledPictures } from './support/labelled-pictures.mjs';
import { shuffled } from './support/shuffled.mjs';
import { groupBy } from '#dist/group-by.js';
import { preprocess } from '#dist/inference/preprocess.js';
import { classEmbedding, createZeroShotClassifier, fillTemplates } from '#dist/inference/zero-shot.js';
import { trainHead } from '#dist/labelling/learning/cross-validate.js';
import { answerWith } from '#dist/labelling/learning/fit-head.js';
import { priorLogits } from '#dist/labelling/learning/label-head.js';

/** What a label for all else is asked for by: its words, or what fits any picture. */
const OTHER = 'something else';
const ANY_PICTURE = ['a photo', 'a picture', 'an image'];
const SUGGESTED = 0.5;
/** How many suggestions are reviewed before it learns again, the most uncertain first. */
const ROUNDS = [20, 30, 50];

const { pool, pictures } = await openLabelledPictures(process.argv.slice(2), (path, image) =>
  preprocess(sharp(path).autoOrient(), image),
);
const { manifest } = pool;

console.log(
  `Suggested with ${SUGGESTED} or more of what is not reviewed, right / wrong, after 0, 20, 50 and 100 reviewed`,
);
const rows = {};
for (const [set, own] of groupBy(pictures, ({ set }) => set)) {
  const labels = [...new Set(own.map(({ labels: [label] }) => label))];
  rows[set] = {
    'wrong ones rejected': await review(labels),
    [`with "${OTHER}"`]: await review(labels, fillTemplates(OTHER, manifest.templates)),
    [`by ${ANY_PICTURE.join(', ')}`]: await review(labels, ANY_PICTURE),
  };
}
console.table(rows);
await pool.close();

/** @param otherPrompts of a label for all else, which is accepted of what fits none of the others; there is none by default */
async function review(labels, otherPrompts) {
  const prompts = labels.map((label) => fillTemplates(label, manifest.templates));
  const examples = await examplesOf(otherPrompts ? [...prompts, otherPrompts] : prompts, labels);
  const decided = new Map();
  let head;
  const counts = [countOpen(examples, decided, head, labels.length)];
  for (const count of ROUNDS) {
    const queue = [...examples.keys()]
      .filter((at) => !decided.has(at))
      .map((at) => ({ at, ...bestOf(examples[at], head) }));
    const uncertain = queue
      .filter(({ probability }) => probability >= SUGGESTED)
      .sort((a, b) => a.probability - b.probability);
    for (const { at, label } of uncertain.slice(0, count)) {
      const { truth, prior } = examples[at];
      const decisions = new Int8Array(prior.length - 1).fill(-1);
      if (truth !== -1) decisions[truth] = 1;
      else if (otherPrompts) decisions[labels.length] = 1;
      else decisions[label] = 0;
      decided.set(at, decisions);
    }
    const corrections = [...decided].map(([at, decisions]) => ({ ...examples[at], decisions }));
    const training = await trainHead(shuffled(corrections), true);
    if (training.isBetter) ({ head } = training);
    counts.push(countOpen(examples, decided, head, labels.length));
  }
  return counts.join(', ');
}

async function examplesOf(prompts, labels) {
  const classEmbeddings = await Promise.all(prompts.map(async (own) => classEmbedding(await pool.encodeTexts(own))));
  const score = createZeroShotClassifier({ manifest, classEmbeddings, background: [], isMultiLabel: false });
  return pictures.map(({ embedding, labels: [label] }) => {
    const probabilities = score(embedding).map(({ probability }) => probability);
    return { embedding, prior: priorLogits(probabilities, true), truth: labels.indexOf(label) };
  });
}

function bestOf(example, head) {
  const decisions = new Int8Array(example.prior.length - 1).fill(-1);
  const { probabilities } = answerWith(head, { ...example, decisions }, true);
  const probability = Math.max(...probabilities);
  return { label: probabilities.indexOf(probability), probability };
}

function countOpen(examples, decided, head, labelCount) {
  const open = examples
    .filter((_, at) => !decided.has(at))
    .map((example) => ({ ...example, ...bestOf(example, head) }));
  const suggested = open.filter(({ label, probability }) => probability >= SUGGESTED && label < labelCount);
  const right = suggested.filter(({ label, truth }) => label === truth).length;
  return `${right} / ${suggested.length - right}`;
}
