import { dotProduct } from '../../inference/vectors.js';
import { sigmoid, softmax } from '../../inference/zero-shot.js';

/** So that the logarithm of a probability of 0 or 1 is a number. */
const LEAST = 1e-9;

/**
 * What corrections of a label set added to the zero-shot prior: to the logit of label l, times `priorScale`, come
 * `weights[l] · embedding + bias[l]`. One with only zeros and a scale of 1 is the prior itself.
 */
export interface LabelHead {
  /** Labels times dimension, row after row. */
  readonly weights: Float32Array;
  /** One a label. */
  readonly bias: Float32Array;
  /** Above 0. */
  readonly priorScale: number;
}

/** The one that is the prior itself. */
export function priorHead(labelCount: number, dimension: number): LabelHead {
  return { weights: new Float32Array(labelCount * dimension), bias: new Float32Array(labelCount), priorScale: 1 };
}

/** Whether a head learned anything of a label. */
export function hasLearned({ weights, bias }: LabelHead, label: number): boolean {
  const dimension = weights.length / bias.length;
  const own = weights.subarray(label * dimension, (label + 1) * dimension);
  return bias[label] !== 0 || own.some((weight) => weight !== 0);
}

/**
 * The logits that a head adds to.
 *
 * @param probabilities of the labels by the prior, 0 to 1
 * @param isExclusive whether they compete: then what they lack to 1 is "none of these", a label that no head changes
 * @returns one a label, and of an exclusive set one more at the end for "none of these"
 */
export function priorLogits(probabilities: ArrayLike<number>, isExclusive: boolean): Float64Array {
  const logits = Float64Array.from(probabilities, (probability) =>
    isExclusive
      ? Math.log(Math.max(LEAST, probability))
      : Math.log(Math.max(LEAST, probability) / Math.max(LEAST, 1 - probability)),
  );
  if (!isExclusive) return logits;
  const rest = 1 - Float64Array.from(probabilities).reduce((sum, probability) => sum + probability, 0);
  // Rounding is no "none of these".
  return Float64Array.of(...logits, rest > LEAST * 1000 ? Math.log(rest) : -Infinity);
}

/** @returns probabilities of logits as `priorLogits` orders them, with "none of these" last where there is one */
export function toProbabilities(logits: Float64Array, isExclusive: boolean): Float64Array {
  return isExclusive ? softmax(logits) : logits.map(sigmoid);
}

/**
 * @param embedding L2-normalised, by the model that the head was trained for
 * @param probabilities of the labels by the prior, in the order of the head
 * @returns probabilities after the corrections, in the same order
 */
export function applyHead(
  head: LabelHead,
  embedding: Float32Array,
  probabilities: ArrayLike<number>,
  isExclusive: boolean,
): Float64Array {
  const logits = headLogits(head, embedding, priorLogits(probabilities, isExclusive));
  return toProbabilities(logits, isExclusive).subarray(0, head.bias.length);
}

/** Logits after the corrections of those by the prior, in the same order. */
export function headLogits(head: LabelHead, embedding: Float32Array, prior: Float64Array): Float64Array {
  const { length } = embedding;
  return prior.map((logit, label) => {
    const own = head.priorScale * logit;
    if (label >= head.bias.length) return own;
    return own + head.bias[label]! + dotProduct(head.weights.subarray(label * length, (label + 1) * length), embedding);
  });
}
