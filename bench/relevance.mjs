// How well AUTO tells what fits a query from what does not, beside other ways to cut a ranking off, and a fit of the weights
// of src/search/relevance.ts (docs/decisions/013-relevance.md).
//
//   npm run build && node bench/relevance.mjs FOLDER [MODEL]
//
// FOLDER holds labels.jsonl, a picture a line: {"file", "labels": [the true class], "set"}, and captions.jsonl: {"file",
// "captions"}. Queries are labels, bare and as "a ...", among the pictures of their set and among all, and captions; each
// also where what it asks for has been taken out. A file name ends in a number: multiples of four are for tuning, the rest
// is what to report; of the captioned pictures every fourth.
import { openLabelledPictures, readLines } from './support/labelled-pictures.mjs';
import { fitLogistic } from './support/logistic.mjs';
import { BACKGROUND_LABELS } from '#dist/inference/background-labels.js';
import { derivePixels } from '#dist/assets/derive-images.js';
import { dotProduct } from '#dist/inference/vectors.js';
import { AUTO_RELEVANCE } from '#dist/search/cutoff.js';
import { meanOf, measureScale, onScale, queryFeatures, relevanceOf } from '#dist/search/relevance.js';

const MAX_PIXELS = 200_000_000;
const LEAST_LIBRARY = 6;
const CAPTIONS_A_PICTURE = 2;
/** What is beyond so many places is not looked at, but for what is right. */
const LOOKED_AT = 40;
/** Of the queries that are fitted to, that share is for what is not there, for each one that is. */
const ABSENT_SHARE = 0.2;

const {
  folder,
  pool,
  pictures: labelled,
  encode: encodePictures,
} = await openLabelledPictures(process.argv.slice(2), (path, image) => derivePixels(path, MAX_PIXELS, image));
const pictures = labelled.map(({ file, labels: [label], set, embedding }) => ({
  file,
  label,
  set,
  embedding,
  isTuning: Number(/(\d+)\.\w+$/.exec(file)[1]) % 4 === 0,
}));
const captioned = (await readLines(folder, 'captions.jsonl')).map(({ file, captions }, index) => ({
  file,
  captions: captions.slice(0, CAPTIONS_A_PICTURE),
  isTuning: index % 4 === 0,
}));
await encodePictures(captioned);
const encode = async (text) => (await pool.encodeTexts([text]))[0];
const words = await pool.encodeTexts(BACKGROUND_LABELS);
const textMean = meanOf(words);
const scale = measureScale(
  pictures.filter(({ isTuning }) => isTuning).map(({ embedding }) => embedding),
  words,
);
const parts = { tuning: await queriesOf(true), reported: await queriesOf(false) };
await pool.close();

const rows = parts.tuning.flatMap((query) =>
  query.hits.map(({ score, isRight }) => ({
    features: featuresOf(query, score),
    isTrue: isRight,
    weight: (query.kind.startsWith('absent') ? ABSENT_SHARE : 1) / countOf(parts.tuning, query.kind),
  })),
);
const [bias, ...weights] = fitLogistic(rows);
console.log('cosineScale', scale);
console.log('WEIGHTS', { bias, score: weights[0], texts: weights[1], library: weights[2] });

/** Each makes of a query what its scores become. */
const methods = {
  cosine: () => (score) => score,
  'standard deviations above the library':
    ({ mean, spread }) =>
    (score) =>
      (score - mean) / spread,
  'above the mean of the library':
    ({ mean }) =>
    (score) =>
      score - mean,
  'above the mean of everyday words':
    ({ embedding }) =>
    (score) =>
      score - dotProduct(embedding, textMean),
  'relevance, refitted': (query) => (score) =>
    featuresOf(query, score).reduce((sum, value, index) => sum + weights[index] * value, bias),
  'relevance (shipped)': ({ embedding, background }) => relevanceOf(embedding, background).of,
};
const KINDS = [...new Set(parts.reported.map(({ kind }) => kind))];
const PRESENT = KINDS.filter((kind) => !kind.startsWith('absent'));
const table = {};
for (const [name, method] of Object.entries(methods)) {
  const best = bestThreshold(parts.tuning, method);
  table[`${name}, best at ${best.toFixed(3)}`] = shown(quality(parts.reported, method, best));
}
table[`AUTO: relevance ${AUTO_RELEVANCE}`] = shown(quality(parts.reported, methods['relevance (shipped)'], AUTO_RELEVANCE)); // prettier-ignore
table['relevance 0.5'] = shown(quality(parts.reported, methods['relevance (shipped)'], 0.5));
console.log('Precision / recall / F1 over all answers; of what is absent, the share of queries with an answer');
console.table(table);
console.log('Of the answers to reported queries for what is there, by relevance: how many are right');
console.table(reliability(parts.reported, methods['relevance (shipped)']));

async function queriesOf(isTuning) {
  const own = pictures.filter((picture) => picture.isTuning === isTuning);
  const libraries = { 'all labels': own };
  for (const set of new Set(own.map(({ set }) => set))) libraries[set] = own.filter((picture) => picture.set === set);
  const queries = [];
  for (const [name, library] of Object.entries(libraries)) {
    const scope = name === 'all labels' ? 'label, all sets' : 'label, own set';
    for (const label of new Set(library.map((picture) => picture.label)))
      for (const text of [label, `a ${label}`])
        await add(queries, scope, text, library, (picture) => picture.label === label);
  }
  const photographs = captioned.filter((picture) => picture.isTuning === isTuning);
  for (const picture of photographs)
    for (const caption of picture.captions) await add(queries, 'caption', caption, photographs, (other) => other === picture); // prettier-ignore
  return queries;
}

async function add(queries, kind, text, library, isRight) {
  const embedding = await encode(text);
  queries.push(queryOf(kind, embedding, library, isRight));
  const others = library.filter((picture) => !isRight(picture));
  if (others.length >= LEAST_LIBRARY) queries.push(queryOf(`absent: ${kind}`, embedding, others, isRight));
}

function queryOf(kind, embedding, library, isRight) {
  const scored = library
    .map((picture) => ({ score: dotProduct(embedding, picture.embedding), isRight: isRight(picture) }))
    .sort((a, b) => b.score - a.score);
  const mean = scored.reduce((sum, { score }) => sum + score, 0) / scored.length;
  const spread = Math.sqrt(scored.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / scored.length);
  const background = {
    scale,
    textMean,
    textLevel: dotProduct(textMean, textMean),
    pictureMean: libraryMean(library),
    pictureCount: library.length,
  };
  const hits = scored.filter(({ isRight: right }, index) => right || index < LOOKED_AT);
  return { kind, embedding, background, hits, mean, spread };
}

function libraryMean(library) {
  return meanOf(library.map(({ embedding }) => embedding));
}

function featuresOf({ embedding, background }, score) {
  const { texts, library } = queryFeatures(embedding, background);
  return [onScale(score, scale), texts, library];
}

function countOf(queries, kind) {
  return queries.filter((query) => query.kind === kind).length;
}

function bestThreshold(queries, method) {
  const values = queries.flatMap((query) => query.hits.map(({ score }) => method(query)(score))).sort((a, b) => a - b);
  const candidates = Array.from(
    { length: 60 },
    (_, index) => values[Math.floor(values.length * (0.5 + index / 120.5))],
  );
  const worth = (threshold) => {
    const found = quality(queries, method, threshold);
    return PRESENT.reduce(
      (sum, kind) => sum + found[kind].f1 - ABSENT_SHARE * found[`absent: ${kind}`].falseAnswers,
      0,
    );
  };
  return candidates.map((value) => [value, worth(value)]).sort((a, b) => b[1] - a[1])[0][0];
}

function quality(queries, method, threshold) {
  const counts = Object.fromEntries(
    KINDS.map((kind) => [kind, { right: 0, shown: 0, wanted: 0, answered: 0, asked: 0 }]),
  );
  for (const query of queries) {
    const count = counts[query.kind];
    const toValue = method(query);
    const found = query.hits.filter(({ score }) => toValue(score) >= threshold);
    count.right += found.filter(({ isRight }) => isRight).length;
    count.shown += found.length;
    count.wanted += query.hits.filter(({ isRight }) => isRight).length;
    count.answered += found.length > 0 ? 1 : 0;
    count.asked++;
  }
  const measure = ({ right, shown, wanted, answered, asked }) => ({
    precision: right / (shown || 1),
    recall: right / wanted,
    f1: (2 * right) / (shown + wanted),
    falseAnswers: answered / asked,
  });
  return Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, measure(count)]));
}

function shown(found) {
  const entry = ([kind, { precision, recall, f1, falseAnswers }]) =>
    kind.startsWith('absent') ? falseAnswers.toFixed(2) : [precision, recall, f1].map((x) => x.toFixed(2)).join(' / ');
  return Object.fromEntries(Object.entries(found).map((each) => [each[0], entry(each)]));
}

function reliability(queries, method) {
  const bins = {};
  for (const query of queries.filter(({ kind }) => !kind.startsWith('absent')))
    for (const { score, isRight } of query.hits) {
      const bin = Math.min(9, Math.floor(method(query)(score) * 10)) / 10;
      const { answers, right } = (bins[bin.toFixed(1)] ??= { answers: 0, right: 0 });
      bins[bin.toFixed(1)] = { answers: answers + 1, right: right + (isRight ? 1 : 0) };
    }
  return Object.fromEntries(
    Object.entries(bins)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([bin, { answers, right }]) => [`from ${bin}`, { answers, right: (right / answers).toFixed(2) }]),
  );
}
