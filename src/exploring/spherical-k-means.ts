import { dotProduct } from '../inference/vectors.js';
import { timeSlices, type TimeSlices } from '../time-slices.js';

const ROWS_PER_LOOK = 16;
const MAX_ROUNDS = 20;
/** Of so many starts the one with the tightest groups is taken: where it starts decides where it ends. */
const MIN_STARTS = 3;
const MAX_STARTS = 40;
/** Few embeddings are the easiest to start from badly, and cost the least. */
const ROWS_OF_ALL_STARTS = 6_000;

export interface Grouping {
  /** L2-normalised means. No more than there are different embeddings. */
  readonly centroids: readonly Float32Array[];
  /** The place of its centroid, for each embedding. */
  readonly members: Int32Array;
  /** The cosine of each embedding and its centroid. */
  readonly cosines: Float64Array;
}

/**
 * Spherical k-means (Dhillon and Modha 2001, "Concept decompositions for large sparse text data using clustering"), begun
 * by k-means++ (Arthur and Vassilvitskii 2007). The same embeddings in the same order give the same groups. It computes
 * on the calling thread, in slices of some milliseconds.
 *
 * @param embeddings L2-normalised, of one length; at least one
 * @param k how many groups, at least 1
 */
export async function sphericalKMeans(embeddings: readonly Float32Array[], k: number): Promise<Grouping> {
  const slice = timeSlices();
  const random = createRandom(k);
  let best: { grouping: Grouping; fit: number } | undefined;
  const starts = Math.min(MAX_STARTS, Math.max(MIN_STARTS, Math.round(ROWS_OF_ALL_STARTS / embeddings.length)));
  for (let start = 0; start < starts; start++) {
    const grouping = await refine(embeddings, await chooseSeeds(embeddings, k, random, slice), slice);
    const fit = grouping.cosines.reduce((a, b) => a + b, 0);
    if (!best || fit > best.fit) best = { grouping, fit };
  }
  return best!.grouping;
}

/** Each next centroid is an embedding that is likely to be far from those before. */
async function chooseSeeds(
  embeddings: readonly Float32Array[],
  k: number,
  random: () => number,
  slice: TimeSlices,
): Promise<Float32Array[]> {
  const seeds = [embeddings[Math.floor(random() * embeddings.length)]!];
  // Squared distances, but for a factor of 2.
  const distances = new Float64Array(embeddings.length).fill(Infinity);
  for (;;) {
    let total = 0;
    for (const [row, embedding] of embeddings.entries()) {
      if (row % ROWS_PER_LOOK === 0) await slice();
      const distance = 1 - dotProduct(embedding, seeds.at(-1)!);
      // What is equal but for its last bits is no second group.
      distances[row] = Math.min(distances[row]!, distance < 1e-6 ? 0 : distance);
      total += distances[row]!;
    }
    if (seeds.length === k || total === 0) return seeds;
    let rest = random() * total;
    let chosen = distances.length - 1;
    for (let row = 0; row < distances.length; row++) {
      rest -= distances[row]!;
      if (rest >= 0 || distances[row] === 0) continue;
      chosen = row;
      break;
    }
    seeds.push(embeddings[chosen]!);
  }
}

async function refine(
  embeddings: readonly Float32Array[],
  seeds: Float32Array[],
  slice: TimeSlices,
): Promise<Grouping> {
  let centroids = seeds;
  const members = new Int32Array(embeddings.length).fill(-1);
  const cosines = new Float64Array(embeddings.length);
  for (let round = 0; ; round++) {
    let moved = 0;
    for (const [row, embedding] of embeddings.entries()) {
      if (row % ROWS_PER_LOOK === 0) await slice();
      let nearest = 0;
      let most = -Infinity;
      for (let place = 0; place < centroids.length; place++) {
        const cosine = dotProduct(embedding, centroids[place]!);
        if (cosine <= most) continue;
        nearest = place;
        most = cosine;
      }
      if (members[row] !== nearest) moved++;
      members[row] = nearest;
      cosines[row] = most;
    }
    if (moved === 0 || round === MAX_ROUNDS) return { centroids, members, cosines };
    centroids = await means(embeddings, members, centroids, slice);
  }
}

/** A group that has lost everything, or whose members cancel out, stays where it was. */
async function means(
  embeddings: readonly Float32Array[],
  members: Int32Array,
  centroids: readonly Float32Array[],
  slice: TimeSlices,
): Promise<Float32Array[]> {
  const sums = centroids.map(({ length }) => new Float64Array(length));
  for (const [row, embedding] of embeddings.entries()) {
    if (row % ROWS_PER_LOOK === 0) await slice();
    const sum = sums[members[row]!]!;
    for (let axis = 0; axis < sum.length; axis++) sum[axis]! += embedding[axis]!;
  }
  return sums.map((sum, place) => {
    const length = Math.sqrt(dotProduct(sum, sum));
    return length > 1e-6 ? Float32Array.from(sum, (value) => value / length) : centroids[place]!;
  });
}

/** Mulberry32: numbers from 0 up to 1, the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
