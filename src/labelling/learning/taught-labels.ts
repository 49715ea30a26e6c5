import type { Correction } from './fit-head.js';

/** Acceptances, and rejections: one to judge by, and one to learn from. */
const LEAST_OF_EACH = 2;

export interface DecisionCounts {
  readonly acceptedCount: number;
  readonly rejectedCount: number;
}

/**
 * Whether decisions show where a label ends. Where labels compete one that is accepted rejects the others; else somebody
 * who only accepts what is suggested would teach that everything is right, and only rejects, that nothing is.
 */
export function showsBoundary({ acceptedCount, rejectedCount }: DecisionCounts, isExclusive: boolean): boolean {
  return isExclusive || Math.min(acceptedCount, rejectedCount) >= LEAST_OF_EACH;
}

/**
 * What corrections teach: only of labels that they show the boundary of, and only those that are of one. Where labels
 * compete those with an accepted one: what is only rejected may fit no label of the set, and would teach that it is one of
 * the others.
 */
export function teachingOf(corrections: readonly Correction[], isExclusive: boolean): Correction[] {
  const isTaught = Array.from(corrections[0]?.decisions ?? [], (_, label) =>
    showsBoundary(countsOf(corrections, label), isExclusive),
  );
  return corrections
    .map((correction) => ({
      ...correction,
      decisions: correction.decisions.map((decision, label) => (isTaught[label] ? decision : -1)),
    }))
    .filter(({ decisions }) => (isExclusive ? decisions.includes(1) : decisions.some((decision) => decision !== -1)));
}

function countsOf(corrections: readonly Correction[], label: number): DecisionCounts {
  const count = (wanted: number) => corrections.filter(({ decisions }) => decisions[label] === wanted).length;
  return { acceptedCount: count(1), rejectedCount: count(0) };
}
