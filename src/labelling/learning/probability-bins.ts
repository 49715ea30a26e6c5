import type { DecisionCounts } from './taught-labels.js';

/** Of the same width each; that of a probability p starts at floor(100 p) / 100. */
const BINS = 100;
const CALIBRATION_BINS = 10;

/** How often a label was accepted and rejected where it had which probability: [bin, accepted, rejected], in order. */
export type ProbabilityBins = [bin: number, accepted: number, rejected: number][];

export interface Measures {
  /** Of those that pass, how many are right; null where none does. */
  readonly precision: number | null;
  /** Of the right ones, how many pass; null where there are none. */
  readonly recall: number | null;
  /** Harmonic mean of both; null where one is. */
  readonly f1: number | null;
  /**
   * How far probabilities are from how often they come true, in the mean over ten bins (expected calibration error, Guo
   * et al. 2017, "On calibration of modern neural networks"), 0 to 1; null where there are no examples.
   */
  readonly calibrationError: number | null;
}

export interface Example {
  readonly probability: number;
  readonly isAccepted: boolean;
}

export function toBins(examples: readonly Example[]): ProbabilityBins {
  const bins = new Map<number, [accepted: number, rejected: number]>();
  for (const { probability, isAccepted } of examples) {
    const bin = Math.min(BINS - 1, Math.floor(probability * BINS));
    if (!bins.has(bin)) bins.set(bin, [0, 0]);
    bins.get(bin)![isAccepted ? 0 : 1] += 1;
  }
  return [...bins].sort(([a], [b]) => a - b).map(([bin, counts]) => [bin, ...counts]);
}

/** @param threshold 0 to 1; to a hundredth */
export function measure(bins: ProbabilityBins, threshold: number): Measures {
  const { accepted, rejected } = countFrom(bins, Math.round(threshold * BINS));
  const all = countFrom(bins, 0);
  const passing = accepted + rejected;
  const precision = passing === 0 ? null : accepted / passing;
  const recall = all.accepted === 0 ? null : accepted / all.accepted;
  const sum = (precision ?? 0) + (recall ?? 0);
  const f1 = precision === null || recall === null ? null : sum === 0 ? 0 : (2 * precision * recall) / sum;
  return { precision, recall, f1, calibrationError: calibrationError(bins) };
}

/**
 * The least threshold, and so the one with the most recall, from which on at least this share is right.
 * @param wantedPrecision 0 to 1
 * @returns 0 to 1, in hundredths; null where no threshold is enough
 */
export function thresholdFor(bins: ProbabilityBins, wantedPrecision: number): number | null {
  const passing = bins
    .map(([bin]) => bin)
    .filter((bin) => {
      const { accepted, rejected } = countFrom(bins, bin);
      return accepted > 0 && accepted / (accepted + rejected) >= wantedPrecision;
    });
  return passing.length === 0 ? null : Math.min(...passing) / BINS;
}

/** How many decisions there are at all. */
export function countsOf(bins: ProbabilityBins): DecisionCounts {
  const { accepted: acceptedCount, rejected: rejectedCount } = countFrom(bins, 0);
  return { acceptedCount, rejectedCount };
}

function countFrom(bins: ProbabilityBins, from: number) {
  let accepted = 0;
  let rejected = 0;
  for (const [bin, yes, no] of bins) {
    if (bin < from) continue;
    accepted += yes;
    rejected += no;
  }
  return { accepted, rejected };
}

function calibrationError(bins: ProbabilityBins): number | null {
  const differences = new Float64Array(CALIBRATION_BINS);
  let total = 0;
  for (const [bin, accepted, rejected] of bins) {
    const probability = (bin + 0.5) / BINS;
    differences[Math.floor((bin * CALIBRATION_BINS) / BINS)]! += accepted - probability * (accepted + rejected);
    total += accepted + rejected;
  }
  return total === 0 ? null : differences.reduce((sum, difference) => sum + Math.abs(difference), 0) / total;
}
