// How best to search by a text and a picture together (docs/decisions/011-mixed-queries.md): for each labelled picture,
// its label and itself are the query, and the other pictures of that label are what should come first.
//
//   npm run build && node bench/mix.mjs FOLDER [MODEL]
//
// FOLDER holds labels.jsonl, a picture a line: {"file", "labels": [the true class], "set"}. A file name ends in a number:
// queries of a multiple of four are for tuning, the rest is what to report.
import { openLabelledPictures } from './support/labelled-pictures.mjs';
import { BACKGROUND_LABELS } from '#dist/inference/background-labels.js';
import { derivePixels } from '#dist/assets/derive-images.js';
import { l2Normalise } from '#dist/inference/vectors.js';
import { reciprocalRank } from '#dist/search/fusion.js';

const MAX_PIXELS = 200_000_000;
const EXAMPLES_A_LABEL = 4;
const LEAST_OTHERS = 3;
const FUSED = 200;

const { pool, pictures: labelled } = await openLabelledPictures(process.argv.slice(2), (path, image) =>
  derivePixels(path, MAX_PIXELS, image),
);
const pictures = labelled.map(({ file, labels: [label], embedding }) => ({
  file,
  label,
  embedding,
  number: Number(/(\d+)\.\w+$/.exec(file)[1]),
}));
const byLabel = groupBy(pictures);
const labels = [...byLabel.keys()].filter((label) => byLabel.get(label).length > LEAST_OTHERS);
const texts = new Map(await Promise.all(labels.map(async (label) => [label, (await pool.encodeTexts([label]))[0]])));
const backgroundTexts = await pool.encodeTexts(BACKGROUND_LABELS);
await pool.close();

const imageMean = mean(pictures.map(({ embedding }) => embedding));
const textMean = mean(backgroundTexts);
const mixed = (one, other, share) => one.map((value, index) => share * value + (1 - share) * other[index]);
const without = (vector, middle) => l2Normalise(vector.map((value, axis) => value - middle[axis]));

// Every way to mix is one of scores: those of a mean of two embeddings rank as the mean of the scores of both.
/** Each takes the scores of text and picture for every picture, and the share of the text. */
const methods = {
  'text alone': ({ text }) => text,
  'picture alone': ({ image }) => image,
  average: ({ text, image }, share) => mixed(text, image, share),
  'average, picture at half': ({ text, image }, share) =>
    mixed(
      text,
      image.map((value) => value / 2),
      share,
    ),
  'average of centred': ({ centredText, centredImage }, share) => mixed(centredText, centredImage, share),
  'average of scores in standard deviations': ({ text, image }, share) => mixed(standard(text), standard(image), share),
  'fused rankings': ({ text, image }, share) => {
    const places = (values) => ranks(values).map((rank) => (rank <= FUSED ? reciprocalRank(rank) : 0));
    return mixed(places(text), places(image), share);
  },
};
const SHARES = [0.2, 0.35, 0.5, 0.65, 0.8];

const queries = labels.flatMap((label) =>
  byLabel
    .get(label)
    .slice(0, EXAMPLES_A_LABEL)
    .map((example) => ({
      example,
      label,
      text: scores(texts.get(label)),
      image: scores(example.embedding),
      centredText: scores(without(texts.get(label), textMean)),
      centredImage: scores(without(example.embedding, imageMean)),
    })),
);
const precision = (part) => (method, share) => {
  const own = queries.filter(({ example }) => (example.number % 4 === 0) === (part === 0));
  return own.reduce((total, query) => total + averagePrecision(method(query, share), query), 0) / own.length;
};
console.log(`${pictures.length} pictures, ${labels.length} labels, ${queries.length} queries; mean average precision`);
console.table(
  Object.fromEntries(
    Object.entries(methods).map(([name, method]) => {
      const tuning = SHARES.map((share) => [share, precision(0)(method, share)]);
      const [best] = tuning.toSorted((a, b) => b[1] - a[1])[0];
      return [name, { 'equal weights': rounded(precision(1)(method, 0.5)), 'best share': best, tuned: rounded(precision(1)(method, best)) }]; // prettier-ignore
    }),
  ),
);

function scores(vector) {
  return pictures.map(({ embedding }) => {
    let total = 0;
    for (let axis = 0; axis < embedding.length; axis++) total += embedding[axis] * vector[axis];
    return total;
  });
}

function standard(values) {
  const middle = values.reduce((total, value) => total + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((total, value) => total + (value - middle) ** 2, 0) / values.length);
  return values.map((value) => (value - middle) / spread);
}

function ranks(values) {
  const order = values.map((_, index) => index).sort((a, b) => values[b] - values[a]);
  const found = [];
  order.forEach((index, rank) => (found[index] = rank + 1));
  return found;
}

/** Of the other pictures with the label; the example itself is left out. */
function averagePrecision(values, { example, label }) {
  const order = pictures
    .map((picture, index) => ({ picture, value: values[index] }))
    .filter(({ picture }) => picture !== example)
    .sort((a, b) => b.value - a.value);
  let right = 0;
  let total = 0;
  order.forEach(({ picture }, index) => {
    if (picture.label === label) total += ++right / (index + 1);
  });
  return total / right;
}

function mean(vectors) {
  return Float64Array.from(vectors[0], (_, axis) => vectors.reduce((total, vector) => total + vector[axis], 0) / vectors.length); // prettier-ignore
}

function rounded(value) {
  return Number(value.toFixed(3));
}

function groupBy(all) {
  const groups = new Map();
  for (const picture of all) groups.set(picture.label, [...(groups.get(picture.label) ?? []), picture]);
  return groups;
}
