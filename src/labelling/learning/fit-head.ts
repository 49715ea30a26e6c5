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

export interface Answer {
  /** One a label. */
  readonly probabilities: Float64Array;
  /** See `lossOf`. */
  readonly loss: number;
}

/** One head for all corrections. */
export async function fitHead(
  corrections: readonly Correction[],
  isExclusive: boolean,
  penalty: number,
): Promise<LabelHead> {
  const { head } = await new HeadFitter(corrections, isExclusive).fit(penalty);
  return head;
}

/** What a head, or the prior where there is none, says of one correction. */
export function answerWith(head: LabelHead | undefined, correction: Correction, isExclusive: boolean): Answer {
  const { embedding, prior, decisions } = correction;
  const logits = head ? headLogits(head, embedding, prior) : prior;
  return {
    probabilities: toProbabilities(logits, isExclusive).subarray(0, decisions.length),
    loss: lossOf(logits.slice(), decisions, isExclusive),
  };
}
