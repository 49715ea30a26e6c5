import type { LabelHead } from './label-head.js';
import { headLogits, toProbabilities } from './label-head.js';
import { minimise, type Objective } from './lbfgs.js';
import { dotProduct } from '../../inference/vectors.js';

/** What people decided about one picture. */
export interface Correction {
  /** L2-normalised. */
  readonly embedding: Float32Array;
  /** As `priorLogits` makes them. */
  readonly prior: Float64Array;
  /**
   * One a label: 1 accepted, 0 rejected, -1 not decided. In an exclusive set one accepted label rejects the others; with
   * none accepted the picture is one of those not rejected, or "none of these".
   */
  readonly decisions: Int8Array;
}

/** How strongly the bias and the logarithm of the prior's scale are held: at 0. */
const BIAS_PENALTY = 1;
const SCALE_PENALTY = 10;

/**
 * Logistic regression, softmax in an exclusive set, that starts from the prior and is held to it: it minimises the
 * log-loss of the decisions plus `penalty / 2` times the squared weights. The embeddings are centred first, since all
 * pictures of a model have a large part in common that says nothing of a label.
 *
 * @param corrections at least one, all with as many labels
 * @param penalty above 0; how strongly the weights are held to the prior
 */
export function fitHead(corrections: readonly Correction[], isExclusive: boolean, penalty: number): LabelHead {
  const dimension = corrections[0]!.embedding.length;
  const labelCount = corrections[0]!.decisions.length;
  const centre = meanOf(corrections, dimension);
  const examples = corrections.map(({ embedding, prior, decisions }) => ({
    centred: Float64Array.from(embedding, (value, index) => value - centre[index]!),
    prior,
    decisions,
  }));
  const biasAt = labelCount * dimension;
  const scaleAt = biasAt + labelCount;

  function evaluate(point: Float64Array): Objective {
    const gradient = new Float64Array(point.length);
    const scale = Math.exp(point[scaleAt]!);
    let value = 0;
    for (const { centred, prior, decisions } of examples) {
      const logits = prior.map((logit) => (logit === -Infinity ? logit : scale * logit));
      for (let label = 0; label < labelCount; label++) {
        logits[label]! += point[biasAt + label]! + dotAt(point, label * dimension, centred);
      }
      const { loss, errors } = lossOf(logits, decisions, isExclusive);
      value += loss;
      for (let label = 0; label < errors.length; label++) {
        const error = errors[label]!;
        if (error === 0) continue;
        gradient[scaleAt]! += error * scale * prior[label]!;
        if (label === labelCount) continue;
        gradient[biasAt + label]! += error;
        const at = label * dimension;
        for (let index = 0; index < dimension; index++) gradient[at + index]! += error * centred[index]!;
      }
    }
    point.forEach((parameter, at) => {
      const held = at < biasAt ? penalty : at < scaleAt ? BIAS_PENALTY : SCALE_PENALTY;
      value += (held / 2) * parameter * parameter;
      gradient[at]! += held * parameter;
    });
    return { value, gradient };
  }

  const point = minimise(evaluate, new Float64Array(scaleAt + 1));
  const weights = point.subarray(0, biasAt);
  const bias = Float32Array.from(
    { length: labelCount },
    (_, label) =>
      point[biasAt + label]! - dotProduct(weights.subarray(label * dimension, (label + 1) * dimension), centre),
  );
  return { weights: Float32Array.from(weights), bias, priorScale: Math.exp(point[scaleAt]!) };
}

/** The log-loss of a head, or of the prior where there is none, on one correction. */
export function lossWith(head: LabelHead | undefined, correction: Correction, isExclusive: boolean): number {
  return lossOf(logitsWith(head, correction), correction.decisions, isExclusive).loss;
}

/** The probabilities of the labels with a head, or by the prior where there is none. */
export function probabilitiesWith(
  head: LabelHead | undefined,
  correction: Correction,
  isExclusive: boolean,
): Float64Array {
  return toProbabilities(logitsWith(head, correction), isExclusive).subarray(0, correction.decisions.length);
}

function logitsWith(head: LabelHead | undefined, { embedding, prior }: Correction): Float64Array {
  return head ? headLogits(head, embedding, prior) : prior;
}

/** The log-loss of the decisions, and its derivative by each logit. */
function lossOf(logits: Float64Array, decisions: Int8Array, isExclusive: boolean) {
  const probabilities = toProbabilities(logits, isExclusive);
  const errors = new Float64Array(logits.length);
  if (!isExclusive) {
    let loss = 0;
    decisions.forEach((decision, label) => {
      if (decision === -1) return;
      errors[label] = probabilities[label]! - decision;
      loss -= Math.log(Math.max(Number.MIN_VALUE, decision === 1 ? probabilities[label]! : 1 - probabilities[label]!));
    });
    return { loss, errors };
  }
  const accepted = decisions.indexOf(1);
  const isPossible = (label: number) => (accepted === -1 ? decisions[label] !== 0 : label === accepted);
  let possible = 0;
  probabilities.forEach((probability, label) => (possible += isPossible(label) ? probability : 0));
  // All labels rejected where nothing else can be: it says nothing.
  if (possible === 0 && accepted === -1) return { loss: 0, errors };
  possible = Math.max(Number.MIN_VALUE, possible);
  probabilities.forEach((probability, label) => {
    errors[label] = probability - (isPossible(label) ? probability / possible : 0);
  });
  return { loss: -Math.log(possible), errors };
}

/** Four sums at a time, which a processor adds up side by side: most of the time of a training goes by here. */
function dotAt(point: Float64Array, at: number, centred: Float64Array): number {
  const { length } = centred;
  let [a, b, c, d] = [0, 0, 0, 0];
  let index = 0;
  for (; index + 3 < length; index += 4) {
    a += point[at + index]! * centred[index]!;
    b += point[at + index + 1]! * centred[index + 1]!;
    c += point[at + index + 2]! * centred[index + 2]!;
    d += point[at + index + 3]! * centred[index + 3]!;
  }
  for (; index < length; index++) a += point[at + index]! * centred[index]!;
  return a + b + c + d;
}

function meanOf(corrections: readonly Correction[], dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (const { embedding } of corrections)
    for (let index = 0; index < dimension; index++) mean[index]! += embedding[index]! / corrections.length;
  return mean;
}
