import { dotProduct } from '../inference/vectors.js';
import { sigmoid } from '../inference/zero-shot.js';

/** How a model's cosines of pictures with everyday words lie. */
export interface CosineScale {
  /** Mean over all words. */
  readonly unrelated: number;
  /** Mean of each picture's best word. */
  readonly related: number;
}

/** What does not depend on the query. The means are of embeddings, and no longer of length 1. */
export interface Background {
  readonly scale: CosineScale;
  /** Of everyday words (`BACKGROUND_LABELS`). */
  readonly textMean: Float32Array;
  /** The mean cosine of two everyday words. */
  readonly textLevel: number;
  /** Of a sample of the library; undefined for an empty one. */
  readonly pictureMean: Float32Array | undefined;
  readonly pictureCount: number;
}

export interface Relevance {
  /** @param score cosine of query and picture @returns 0 to 1; 0.5 is about as likely relevant as not */
  readonly of: (score: number) => number;
  /** The score that has this relevance. @param relevance 0 to 1 */
  readonly scoreAt: (relevance: number) => number;
}

/** Fitted with `node bench/relevance.mjs FOLDER` (docs/decisions/013-relevance.md); in units of `CosineScale`. */
export const WEIGHTS = { bias: -8.52, score: 7.44, texts: -2.25, library: -0.55 };
/** A library of so many pictures counts as much as what is known without one. */
const PRIOR_PICTURES = 20;

/** What the relevance of a picture is made of, but for its score. */
export function queryFeatures(query: Float32Array, background: Background): { texts: number; library: number } {
  const { scale, textMean, textLevel, pictureMean, pictureCount } = background;
  const own = pictureMean ? onScale(dotProduct(query, pictureMean), scale) : 0;
  return {
    texts: (dotProduct(query, textMean) - textLevel) / (scale.related - scale.unrelated),
    library: (own * pictureCount) / (pictureCount + PRIOR_PICTURES),
  };
}

/** 0 for what pictures have with any word, 1 for what they have with the word that is best for them. */
export function onScale(score: number, { unrelated, related }: CosineScale): number {
  return (score - unrelated) / (related - unrelated);
}

/**
 * A logistic regression on the score, on how general the query is (what it has in common with everyday words), and on what
 * it has in common with any picture of the library. Increases with the score, so that it changes no order.
 *
 * @param query L2-normalised
 */
export function relevanceOf(query: Float32Array, background: Background): Relevance {
  const { unrelated, related } = background.scale;
  const { texts, library } = queryFeatures(query, background);
  const offset = WEIGHTS.bias + WEIGHTS.texts * texts + WEIGHTS.library * library;
  return {
    of: (score) => sigmoid(offset + WEIGHTS.score * onScale(score, background.scale)),
    scoreAt: (relevance) =>
      unrelated + ((related - unrelated) * (Math.log(relevance / (1 - relevance)) - offset)) / WEIGHTS.score,
  };
}

/** Where pictures and words do not tell, as of an empty library, cosines are taken for what they are. */
const BARE_SCALE: CosineScale = { unrelated: 0, related: 1 };

/** What of a scale the pictures of a library say. @param words at least one */
export function measureScale(pictures: readonly Float32Array[], words: readonly Float32Array[]): CosineScale {
  const wordMean = meanOf(words);
  const meanOver = (of: (picture: Float32Array) => number) =>
    pictures.reduce((sum, picture) => sum + of(picture) / pictures.length, 0);
  const unrelated = meanOver((picture) => dotProduct(picture, wordMean));
  const related = meanOver((picture) => words.reduce((best, word) => Math.max(best, dotProduct(picture, word)), -1));
  return related > unrelated ? { unrelated, related } : BARE_SCALE;
}

/** @param vectors at least one, of the same length */
export function meanOf(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) vector.forEach((value, axis) => (sum[axis]! += value / vectors.length));
  return Float32Array.from(sum);
}
