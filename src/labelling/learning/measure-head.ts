import type { Training } from './cross-validate.js';
import { answerWith, type Correction } from './fit-head.js';
import type { HeadMetrics } from './head-metrics.js';
import { toBins } from './probability-bins.js';

// Apart from the schema of what it returns: a thread that trains would load Zod, which takes longer than most trainings.

export function metricsOf(
  { head, prior, learned, taught, probabilities }: Training,
  corrections: readonly Correction[],
  isExclusive: boolean,
): HeadMetrics {
  const priorProbabilities = corrections.map((each) => answerWith(undefined, each, isExclusive).probabilities);
  // What competing labels were only rejected for taught nothing, so that the head itself may be judged by it: else thresholds
  // would be suggested without what is wrong. Of too few pictures to judge a head, the prior is measured in its place.
  const rejected = isExclusive ? corrections.filter(({ decisions }) => !decisions.includes(1)) : [];
  const judged = learned === prior ? undefined : head;
  const rejectedProbabilities = rejected.map((each) => answerWith(judged, each, isExclusive).probabilities);
  const all = [...taught, ...rejected];
  const allProbabilities = [...probabilities, ...rejectedProbabilities];
  const labels = Array.from(corrections[0]!.decisions, (_, label) => ({
    prior: toBins(examplesOf(label, corrections, priorProbabilities, isExclusive)),
    learned: toBins(examplesOf(label, all, allProbabilities, isExclusive)),
  }));
  return { prior, learned, labels };
}

function examplesOf(
  label: number,
  corrections: readonly Correction[],
  probabilities: readonly Float64Array[],
  isExclusive: boolean,
) {
  return corrections.flatMap(({ decisions }, index) => {
    // Of an exclusive set one accepted label rejects the others.
    const decision = isExclusive && decisions.includes(1) ? Number(decisions[label] === 1) : decisions[label]!;
    return decision === -1 ? [] : [{ probability: probabilities[index]![label]!, isAccepted: decision === 1 }];
  });
}
