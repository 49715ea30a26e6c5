import { sigmoid } from '../../inference/zero-shot.js';

/**
 * The log-loss of what people decided about one picture.
 *
 * @param logits one a label, and of an exclusive set one more for "none of these"; their derivatives are written over them
 * @param decisions one a label: 1 accepted, 0 rejected, -1 not decided. In an exclusive set one accepted label rejects the
 *   others; with none accepted there is no loss
 */
export function lossOf(logits: Float64Array, decisions: Int8Array, isExclusive: boolean): number {
  return isExclusive ? exclusiveLoss(logits, decisions) : independentLoss(logits, decisions);
}

function independentLoss(logits: Float64Array, decisions: Int8Array): number {
  let loss = 0;
  for (let label = 0; label < logits.length; label++) {
    const decision = decisions[label]!;
    if (decision === -1) {
      logits[label] = 0;
      continue;
    }
    const probability = sigmoid(logits[label]!);
    logits[label] = probability - decision;
    loss -= Math.log(Math.max(Number.MIN_VALUE, decision === 1 ? probability : 1 - probability));
  }
  return loss;
}

function exclusiveLoss(logits: Float64Array, decisions: Int8Array): number {
  const accepted = decisions.indexOf(1);
  // What is only rejected may be of no label of the set.
  if (accepted === -1) {
    logits.fill(0);
    return 0;
  }
  let largest = -Infinity;
  for (let label = 0; label < logits.length; label++) largest = Math.max(largest, logits[label]!);
  let sum = 0;
  for (let label = 0; label < logits.length; label++) {
    logits[label] = Math.exp(logits[label]! - largest);
    sum += logits[label]!;
  }
  for (let label = 0; label < logits.length; label++) logits[label]! /= sum;
  const loss = -Math.log(Math.max(Number.MIN_VALUE, logits[accepted]!));
  logits[accepted]! -= 1;
  return loss;
}
