import { lossOf } from './decision-loss.js';
import { HeadFitter } from './head-fitter.js';
import type { LabelHead } from './label-head.js';
import { headLogits, toProbabilities } from './label-head.js';

/** What people decided about one picture. */
export interface Correction {
  /** L2-normalised. */
  readonly embedding: Float32Array;
  /** As `priorLogits` makes them. */
  readonly prior: Float64Array;
  /** See `lossOf`. */
  readonly decisions: Int8Array;
}

/** One head for all corrections. */
export function fitHead(corrections: readonly Correction[], isExclusive: boolean, penalty: number): LabelHead {
  return new HeadFitter(corrections, isExclusive).fit(penalty).head;
}

/** The log-loss of a head, or of the prior where there is none, on one correction. */
export function lossWith(head: LabelHead | undefined, correction: Correction, isExclusive: boolean): number {
  return lossOf(Float64Array.from(logitsWith(head, correction)), correction.decisions, isExclusive);
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
