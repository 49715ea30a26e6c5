import { sigmoid } from '../../inference/zero-shot.js';

/**
 * The log-loss of what people decided about one picture.
 *
 * @param logits one a label, and of an exclusive set one more for "none of these"; their derivatives are written over them
 * @param decisions one a label: 1 accepted, 0 rejected, -1 not decided. In an exclusive set one accepted label rejects the
 *   others; with none accepted the picture is one of those not rejected, or "none of these"
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
  const isPossible = (label: number) => (accepted === -1 ? decisions[label] !== 0 : label === accepted);
  let largest = -Infinity;
  for (let label = 0; label < logits.length; label++) largest = Math.max(largest, logits[label]!);
  let sum = 0;
  let possible = 0;
  for (let label = 0; label < logits.length; label++) {
    const power = Math.exp(logits[label]! - largest);
    logits[label] = power;
    sum += power;
    if (isPossible(label)) possible += power;
  }
  // All labels rejected where nothing else can be: it says nothing.
  if (possible === 0 && accepted === -1) {
    logits.fill(0);
    return 0;
  }
  const share = Math.max(Number.MIN_VALUE, possible / sum);
  for (let label = 0; label < logits.length; label++) {
    const probability = logits[label]! / sum;
    logits[label] = probability - (isPossible(label) ? probability / share : 0);
  }
  return -Math.log(share);
}
