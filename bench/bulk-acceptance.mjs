// What it does to a label set to learn from its own suggestions: a library holds pictures of the set and many that fit none
// of its labels, and a labeller accepts in bulk what is suggested with 0.8 or more, twice
// (docs/decisions/016-learning-from-corrections.md).
//
//   npm run build && node bench/bulk-acceptance.mjs FOLDER [MODEL]
//
// FOLDER holds labels.jsonl, as for labelling.mjs: for each set the pictures of the others fit no label, unless one is
// called the same. MODEL is a folder or a name in models/.
import sharp from 'sharp';
import { openLabelledPictures } from './support/labelled-pictures.mjs';
import { shuffled } from './support/shuffled.mjs';
import { groupBy } from '#dist/group-by.js';
import { BACKGROUND_LABELS } from '#dist/inference/background-labels.js';
import { preprocess } from '#dist/inference/preprocess.js';
import { classEmbedding, createZeroShotClassifier, fillTemplates } from '#dist/inference/zero-shot.js';
import { trainHead } from '#dist/labelling/learning/cross-validate.js';
import { answerWith } from '#dist/labelling/learning/fit-head.js';
import { priorLogits } from '#dist/labelling/learning/label-head.js';

const SURE = 0.8;
/** Single decisions a label, of suggestions from 0.2, the most uncertain first. */
const SINGLE = 5;
const SUGGESTED = 0.2;

const { pool, pictures } = await openLabelledPictures(process.argv.slice(2), (path, image) =>
  preprocess(sharp(path).autoOrient(), image),
);
const { manifest } = pool;
const background = await Promise.all(BACKGROUND_LABELS.map(classOf));
const picturesBySet = groupBy(pictures, ({ set }) => set);

for (const isExclusive of [true, false]) {
  const rows = {};
  for (const [set, own] of picturesBySet) {
    const labels = [...new Set(own.map(({ labels: [label] }) => label))];
    const examples = await examplesOf(labels, isExclusive);
    const inBulk = examples.map((each) => sureOf(each, undefined, isExclusive));
    const single = singleOf(examples, labels.length, isExclusive);
    const nothing = examples.map(() => new Map());
    rows[set] = {
      'first time': counted(inBulk, examples),
      'taught by it': await next(examples, inBulk, nothing, isExclusive),
      'by single ones too': await next(examples, inBulk, single, isExclusive),
      'by single ones only': await next(examples, nothing, single, isExclusive, inBulk),
    };
  }
  console.log(`Accepted from ${SURE}, right / wrong, of labels that ${isExclusive ? 'compete' : 'do not compete'}`);
  console.table(rows);
}
await pool.close();

async function classOf(label) {
  return classEmbedding(await pool.encodeTexts(fillTemplates(label, manifest.templates)));
}

async function examplesOf(labels, isExclusive) {
  const classEmbeddings = await Promise.all(labels.map(classOf));
  const score = createZeroShotClassifier({ manifest, classEmbeddings, background, isMultiLabel: !isExclusive });
  return pictures.map(({ embedding, labels: [label] }) => {
    const probabilities = score(embedding).map(({ probability }) => probability);
    return { embedding, prior: priorLogits(probabilities, isExclusive), truth: labels.indexOf(label) };
  });
}

/** What would be accepted of a picture: by label, 1. */
function sureOf(example, head, isExclusive) {
  const probabilities = probabilitiesOf(example, head, isExclusive);
  const best = probabilities.indexOf(Math.max(...probabilities));
  const sure = [...probabilities.keys()].filter((label) => probabilities[label] >= SURE);
  return new Map((isExclusive ? sure.filter((label) => label === best) : sure).map((label) => [label, 1]));
}

/** What somebody who looks decides of the most uncertain suggestions, by picture and label. */
function singleOf(examples, labelCount, isExclusive) {
  const decided = examples.map(() => new Map());
  const judged = examples.map((example) => probabilitiesOf(example, undefined, isExclusive));
  for (let label = 0; label < labelCount; label++)
    [...examples.keys()]
      .filter((at) => judged[at][label] >= SUGGESTED && judged[at][label] < SURE)
      .sort((a, b) => Math.abs(judged[a][label] - 0.5) - Math.abs(judged[b][label] - 0.5))
      .slice(0, SINGLE)
      .forEach((at) => decided[at].set(label, Number(examples[at].truth === label)));
  return decided;
}

/** What is accepted next by a head that these decisions taught, or by the prior where it is not better. */
async function next(examples, inBulk, single, isExclusive, accepted = inBulk) {
  const labelCount = examples[0].prior.length - Number(isExclusive);
  const corrections = examples.flatMap((example, at) => {
    const known = new Map([...inBulk[at], ...single[at]]);
    if (known.size === 0) return [];
    const decisions = new Int8Array(labelCount).fill(-1);
    for (const [label, decision] of known) decisions[label] = decision;
    return { ...example, decisions };
  });
  if (corrections.length === 0) return 'nothing to learn';
  const training = await trainHead(shuffled(corrections), isExclusive);
  if (!training.isBetter) return 'the prior';
  const second = examples.map((example, at) => {
    if (isExclusive && [...accepted[at], ...single[at]].some(([, decision]) => decision === 1)) return new Map();
    const open = [...sureOf(example, training.head, isExclusive)];
    return new Map(open.filter(([label]) => !accepted[at].has(label) && !single[at].has(label)));
  });
  return counted(second, examples);
}

function counted(accepted, examples) {
  const all = accepted.flatMap((labels, at) => [...labels.keys()].map((label) => label === examples[at].truth));
  const right = all.filter(Boolean).length;
  return `${right} / ${all.length - right}`;
}

function probabilitiesOf(example, head, isExclusive) {
  const decisions = new Int8Array(example.prior.length - Number(isExclusive)).fill(-1);
  return answerWith(head, { ...example, decisions }, isExclusive).probabilities;
}
