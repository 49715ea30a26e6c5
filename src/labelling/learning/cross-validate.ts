import { fitHead, lossWith, probabilitiesWith, type Correction } from './fit-head.js';
import { HeadFitter } from './head-fitter.js';
import type { LabelHead } from './label-head.js';

const FOLDS = 5;
/** How strongly a head may be held to the prior: cross-validation chooses. The first wins where they are as good. */
const PENALTIES = [1, 0.1];
const NOTHING = new Float64Array();
/** With fewer a fold says nothing. */
export const LEAST_CORRECTIONS = 10;

/** What a head, or the prior, says of pictures that it was not trained on. */
export interface Judgement {
  /** Mean log-loss of a correction. */
  readonly logLoss: number;
  /** The share of the decisions that it would have made: of pictures in an exclusive set, of labels at 0.5 otherwise. */
  readonly accuracy: number;
}

export interface Training {
  readonly head: LabelHead;
  readonly prior: Judgement;
  readonly learned: Judgement;
  /** Whether it is better than the prior by more than chance explains. */
  readonly isBetter: boolean;
  /** One a correction, each by a head that was trained without it. */
  readonly probabilities: readonly Float64Array[];
}

/**
 * Trains a head on all corrections, and judges it by heads trained on four fifths of them (5-fold cross-validation).
 *
 * It counts as better when its log-loss on what it was not trained on is less than the prior's by more than the standard
 * error of that difference, and it decides no less often as people did. With fewer than 10 corrections none does.
 *
 * @param corrections at least one, in an order that has nothing to do with the decisions
 */
export function trainHead(corrections: readonly Correction[], isExclusive: boolean): Training {
  const priorLosses = corrections.map((correction) => lossWith(undefined, correction, isExclusive));
  const priorAccuracy = accuracyOf(
    corrections,
    corrections.map((correction) => probabilitiesWith(undefined, correction, isExclusive)),
    isExclusive,
  );
  const prior = { logLoss: mean(priorLosses), accuracy: priorAccuracy };
  if (corrections.length < LEAST_CORRECTIONS) {
    const head = fitHead(corrections, isExclusive, PENALTIES[0]!);
    const probabilities = corrections.map((correction) => probabilitiesWith(undefined, correction, isExclusive));
    return { head, prior, learned: prior, isBetter: false, probabilities };
  }
  const fitter = new HeadFitter(corrections, isExclusive);
  const tries = crossValidate(fitter, corrections, isExclusive);
  const best = tries.reduce((a, b) => (mean(b.losses) < mean(a.losses) ? b : a));
  const learned = {
    logLoss: mean(best.losses),
    accuracy: accuracyOf(corrections, best.probabilities, isExclusive),
  };
  const gains = priorLosses.map((loss, index) => loss - best.losses[index]!);
  return {
    head: fitter.fit(best.penalty).head,
    prior,
    learned,
    isBetter: mean(gains) > standardError(gains) && learned.accuracy >= prior.accuracy,
    probabilities: best.probabilities,
  };
}

/** One try a penalty. */
function crossValidate(fitter: HeadFitter, corrections: readonly Correction[], isExclusive: boolean) {
  const tries = PENALTIES.map((penalty) => ({
    penalty,
    losses: Array.from({ length: corrections.length }, () => 0),
    probabilities: Array.from({ length: corrections.length }, (): Float64Array => NOTHING),
  }));
  for (let fold = 0; fold < FOLDS; fold++) {
    // From one penalty to the next it is not far; from what was fitted to the other pictures too it would not be fair.
    let point: Float64Array | undefined;
    for (const { penalty, losses, probabilities } of tries) {
      const fit = fitter.fit(penalty, (index) => index % FOLDS === fold, point);
      ({ point } = fit);
      for (let index = fold; index < corrections.length; index += FOLDS) {
        losses[index] = lossWith(fit.head, corrections[index]!, isExclusive);
        probabilities[index] = probabilitiesWith(fit.head, corrections[index]!, isExclusive);
      }
    }
  }
  return tries;
}

function accuracyOf(
  corrections: readonly Correction[],
  probabilities: readonly Float64Array[],
  isExclusive: boolean,
): number {
  let right = 0;
  let count = 0;
  corrections.forEach(({ decisions }, index) => {
    const own = probabilities[index]!;
    if (isExclusive) {
      const best = own.indexOf(own.reduce((a, b) => Math.max(a, b)));
      const accepted = decisions.indexOf(1);
      count += 1;
      right += Number(accepted === -1 ? decisions[best] !== 0 : best === accepted);
      return;
    }
    decisions.forEach((decision, label) => {
      if (decision === -1) return;
      count += 1;
      right += Number(own[label]! > 0.5 === (decision === 1));
    });
  });
  return count === 0 ? 0 : right / count;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
