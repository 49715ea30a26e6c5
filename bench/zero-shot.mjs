// How well zero-shot classification works on labelled pictures: ordinary top-1 a set, and independent probabilities by
// the shipped method and by those it was chosen over (docs/decisions/001-independent-label-probabilities.md).
//
//   npm run build && node bench/zero-shot.mjs FOLDER [MODEL]
//
// FOLDER holds labels.jsonl, a picture a line: {"file", "labels": [the true class], "set"}. A file name ends in a number:
// a multiple of four is for tuning, the rest is what to report. MODEL is a folder or a name in models/.
import sharp from 'sharp';
import { openLabelledPictures } from './support/labelled-pictures.mjs';
import { BACKGROUND_LABELS } from '#dist/inference/background-labels.js';
import { preprocess } from '#dist/inference/preprocess.js';
import { classEmbedding, createZeroShotClassifier, fillTemplates, sigmoid } from '#dist/inference/zero-shot.js';

const NEUTRAL_PROMPTS = ['a photo', 'a picture', 'an image', 'a photograph', 'a picture of something', 'something'];

const { pool, pictures } = await openLabelledPictures(process.argv.slice(2), (path, image) =>
  preprocess(sharp(path).autoOrient(), image),
);
const { manifest } = pool;
const classOf = async (label) => classEmbedding(await pool.encodeTexts(fillTemplates(label, manifest.templates)));

const allLabels = [...new Set(pictures.flatMap(({ labels }) => labels))];
const classes = new Map(await Promise.all(allLabels.map(async (label) => [label, await classOf(label)])));
const background = await Promise.all(BACKGROUND_LABELS.map(classOf));
const neutral = await pool.encodeTexts(NEUTRAL_PROMPTS);
await pool.close();

const labelsOf = new Map();
for (const { set, labels } of pictures) labelsOf.set(set, (labelsOf.get(set) ?? new Set()).add(labels[0]));

const classify = (labels, isMultiLabel) =>
  createZeroShotClassifier({
    manifest,
    classEmbeddings: labels.map((label) => classes.get(label)),
    isMultiLabel,
    background,
  });

console.log('Ordinary zero-shot, all pictures');
console.table(
  Object.fromEntries(
    [...labelsOf].map(([set, setLabels]) => {
      const labels = [...setLabels];
      const score = classify(labels, false);
      const ownPictures = pictures.filter((picture) => picture.set === set);
      const right = ownPictures.filter((picture) => {
        const probabilities = score(picture.embedding).map(({ probability }) => probability);
        return labels[probabilities.indexOf(Math.max(...probabilities))] === picture.labels[0];
      });
      return [
        set,
        { labels: labels.length, pictures: ownPictures.length, top1: rounded(right.length / ownPictures.length) },
      ];
    }),
  ),
);

// Each takes the labels and returns: image embedding -> a probability a label.
const methods = {
  'background, weighted by difference (shipped)': (labels) => {
    const score = classify(labels, true);
    return (image) => score(image).map(({ probability }) => probability);
  },
  'background, unweighted': softmaxAgainst(background),
  'two-way, mean of the background': softmaxAgainst([classEmbedding(background)]),
  'neutral prompts': softmaxAgainst(neutral),
  'two-way, "a photo"': softmaxAgainst(neutral.slice(0, 1)),
};

for (const part of ['tuning', 'reported']) {
  for (const scope of ['labels of its own set', 'labels of all sets']) {
    console.log(`Independent probabilities, ${part} part, each picture against the ${scope}`);
    const rows = Object.entries(methods).map(([name, method]) => {
      const probabilitiesOf = method(allLabels);
      const pairs = pictures
        .filter((picture) => isForTuning(picture) === (part === 'tuning'))
        .flatMap((picture) => {
          const probabilities = probabilitiesOf(picture.embedding);
          const compared = scope === 'labels of all sets' ? allLabels : [...labelsOf.get(picture.set)];
          return compared.map((label) => ({
            probability: probabilities[allLabels.indexOf(label)],
            isTrue: label === picture.labels[0],
          }));
        });
      return [name, quality(pairs)];
    });
    console.table(Object.fromEntries(rows));
  }
}

function isForTuning({ file }) {
  return Number(/(\d+)\.\w+$/.exec(file)[1]) % 4 === 0;
}

/** Softmax of one label against a fixed set of texts, all counting alike. */
function softmaxAgainst(texts) {
  const scale = manifest.logitScale;
  const rivalsOf = createZeroShotClassifier({ manifest, classEmbeddings: texts, isMultiLabel: false });
  return (labels) => {
    const scoresOf = classify(labels, false);
    return (image) => {
      const rivals = Math.log(rivalsOf(image).reduce((sum, { score }) => sum + Math.exp(scale * score), 0));
      return scoresOf(image).map(({ score }) => sigmoid(scale * score - rivals));
    };
  };
}

/** At p > 0.5; Brier is the mean squared error of p; AUC: how often a true label is above a false one. */
function quality(pairs) {
  const count = (test) => pairs.filter(test).length;
  const found = count(({ probability, isTrue }) => isTrue && probability > 0.5);
  const claimed = count(({ probability }) => probability > 0.5);
  const positives = count(({ isTrue }) => isTrue);
  const ranked = pairs.toSorted((a, b) => a.probability - b.probability);
  const rankSum = ranked.reduce((sum, { isTrue }, index) => sum + (isTrue ? index + 1 : 0), 0);
  const auc = (rankSum - (positives * (positives + 1)) / 2) / (positives * (pairs.length - positives));
  const squaredError = pairs.reduce((sum, { probability, isTrue }) => sum + (probability - Number(isTrue)) ** 2, 0);
  return {
    recall: rounded(found / positives),
    precision: rounded(found / claimed),
    falsePositives: rounded((claimed - found) / (pairs.length - positives)),
    auc: rounded(auc),
    brier: rounded(squaredError / pairs.length),
  };
}

function rounded(value) {
  return Number(value.toFixed(4));
}
