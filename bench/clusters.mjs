// How long grouping pictures takes, and for how long at a time it holds the thread that everything else waits for.
// node bench/clusters.mjs [embeddings] [groups]
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { nameGroups } from '../dist/exploring/group-names.js';
import { sphericalKMeans } from '../dist/exploring/spherical-k-means.js';
import { l2Normalise } from '../dist/inference/vectors.js';

const DIMENSION = 512;
const WORDS = 200;
const count = Number(process.argv[2] ?? 2_000);
const k = Number(process.argv[3] ?? 50);

let state = 1;
const random = () => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff - 0.5;
const direction = () => Float32Array.from({ length: DIMENSION }, random);
const topics = Array.from({ length: 30 }, direction);
const embeddings = Array.from({ length: count }, (_, row) =>
  l2Normalise(topics[row % topics.length].map((value) => value + 1.5 * random())),
);
const words = Array.from({ length: WORDS }, (_, word) => `word ${word}`);
const classEmbeddings = words.map(() => l2Normalise(direction()));

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const start = performance.now();
const { centroids } = await sphericalKMeans(embeddings, k);
const grouped = performance.now();
await nameGroups(centroids, words, classEmbeddings);
const named = performance.now();
delay.disable();
console.log(`${count} embeddings of ${DIMENSION}, ${k} groups: ${Math.round(grouped - start)} ms`);
console.log(`${WORDS} words for ${centroids.length} groups: ${Math.round(named - grouped)} ms`);
console.log(
  `longest hold of the thread meanwhile: ${Math.round(delay.max / 1e6)} ms (p99 ${Math.round(delay.percentile(99) / 1e6)} ms)`,
);
