import { answerWith, fitHead, type Answer, type Correction } from './fit-head.js';
import { HeadFitter } from './head-fitter.js';
import { priorHead, type LabelHead } from './label-head.js';
import { teachingOf } from './taught-labels.js';

const FOLDS = 5;
/** How strongly a head may be held to the prior: cross-validation chooses. The first wins where they are as good. */
const PENALTIES = [1, 0.1];
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
  /** What it was trained on, see `teachingOf`. */
  readonly taught: readonly Correction[];
  /** Null where nothing was taught. */
  readonly prior: Judgement | null;
  readonly learned: Judgement | null;
  /** Whether it is better than the prior by more than chance explains. */
  readonly isBetter: boolean;
  /** One of each that was taught, by a head that was trained without it. */
  readonly probabilities: readonly Float64Array[];
}

/**
 * Trains a head on all corrections that teach anything, and judges it by heads trained on four fifths of them (5-fold cross-validation).
 *
 * It counts as better when its log-loss on what it was not trained on is less than the prior's by more than the standard
 * error of that difference, and it decides no less often as people did. With fewer than 10 that teach anything none does.
 *
 * @param corrections at least one, in an order that has nothing to do with the decisions
 */
export async function trainHead(corrections: readonly Correction[], isExclusive: boolean): Promise<Training> {
  const taught = teachingOf(corrections, isExclusive);
  if (taught.length === 0) {
    const [{ embedding, decisions }] = corrections as [Correction];
    const head = priorHead(decisions.length, embedding.length);
    return { head, taught, prior: null, learned: null, isBetter: false, probabilities: [] };
  }
  const priorAnswers = taught.map((correction) => answerWith(undefined, correction, isExclusive));
  const prior = judge(taught, priorAnswers, isExclusive);
  if (taught.length < LEAST_CORRECTIONS) {
    const head = await fitHead(taught, isExclusive, PENALTIES[0]!);
    const probabilities = priorAnswers.map((answer) => answer.probabilities);
    return { head, taught, prior, learned: prior, isBetter: false, probabilities };
  }
  const fitter = new HeadFitter(taught, isExclusive);
  const tries = await crossValidate(fitter, taught, isExclusive);
  const { penalty, answers, learned } = tries
    .map((each) => ({ ...each, learned: judge(taught, each.answers, isExclusive) }))
    .reduce((a, b) => (b.learned.logLoss < a.learned.logLoss ? b : a));
  const gains = priorAnswers.map(({ loss }, index) => loss - answers[index]!.loss);
  return {
    head: (await fitter.fit(penalty)).head,
    taught,
    prior,
    learned,
    isBetter: mean(gains) > standardError(gains) && learned.accuracy >= prior.accuracy,
    probabilities: answers.map(({ probabilities }) => probabilities),
  };
}

/** One try a penalty. */
async function crossValidate(fitter: HeadFitter, corrections: readonly Correction[], isExclusive: boolean) {
  const tries = PENALTIES.map((penalty): { penalty: number; answers: Answer[] } => ({ penalty, answers: [] }));
  for (let fold = 0; fold < FOLDS; fold++) {
    // From one penalty to the next it is not far; from what was fitted to the other pictures too it would not be fair.
    let point: Float64Array | undefined;
    for (const { penalty, answers } of tries) {
      const fit = await fitter.fit(penalty, (index) => index % FOLDS === fold, point);
      ({ point } = fit);
      for (let index = fold; index < corrections.length; index += FOLDS)
        answers[index] = answerWith(fit.head, corrections[index]!, isExclusive);
    }
  }
  return tries;
}

function judge(corrections: readonly Correction[], answers: readonly Answer[], isExclusive: boolean): Judgement {
  return { logLoss: mean(answers.map(({ loss }) => loss)), accuracy: accuracyOf(corrections, answers, isExclusive) };
}

function accuracyOf(corrections: readonly Correction[], answers: readonly Answer[], isExclusive: boolean): number {
  let right = 0;
  let count = 0;
  corrections.forEach(({ decisions }, index) => {
    const own = answers[index]!.probabilities;
    if (isExclusive) {
      const best = own.indexOf(own.reduce((a, b) => Math.max(a, b)));
      count += 1;
      right += Number(best === decisions.indexOf(1));
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
