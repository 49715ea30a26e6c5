import { z } from 'zod';
import type { Training } from './cross-validate.js';
import { answerWith, type Correction } from './fit-head.js';
import { countsOf, toBins } from './probability-bins.js';
import { showsBoundary } from './taught-labels.js';

const judgement = z.object({ logLoss: z.number(), accuracy: z.number() });
const bins = z.array(z.tuple([z.int(), z.int(), z.int()]));

export const metricsSchema = z.object({
  /** Null where nothing was taught. */
  prior: judgement.nullable(),
  learned: judgement.nullable(),
  /** In the order of the head. */
  labels: z.array(z.object({ prior: bins, learned: bins })),
});

/** How good a head and the prior are, each on pictures that it was not trained on. */
export type HeadMetrics = z.output<typeof metricsSchema>;

export function readMetrics(json: unknown): HeadMetrics {
  return metricsSchema.parse(json);
}

export function metricsOf(
  { prior, learned, taught, probabilities }: Training,
  corrections: readonly Correction[],
  isExclusive: boolean,
): HeadMetrics {
  const priorProbabilities = corrections.map((each) => answerWith(undefined, each, isExclusive).probabilities);
  const labels = Array.from(corrections[0]!.decisions, (_, label) => ({
    prior: toBins(examplesOf(label, corrections, priorProbabilities, isExclusive)),
    learned: toBins(examplesOf(label, taught, probabilities, isExclusive)),
  }));
  return { prior, learned, labels };
}

/** Whether a head, as of an earlier release, was taught by a label of which the decisions do not show the boundary. */
export function isOneSided({ labels }: HeadMetrics, isExclusive: boolean): boolean {
  // What was left to its words has learned nothing, one-sided or not.
  const taught = labels.filter(({ learned }) => learned.length > 0);
  return taught.some(({ learned }) => !showsBoundary(countsOf(learned), isExclusive));
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
