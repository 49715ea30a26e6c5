import { z } from 'zod';
import { countsOf } from './probability-bins.js';
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

/**
 * Whether a head, as of an earlier release, was taught by a label of which the decisions do not show the boundary, or, where
 * labels compete, by a picture with none accepted.
 * @param pictures how many taught it
 */
export function isOneSided({ labels }: HeadMetrics, isExclusive: boolean, pictures: number): boolean {
  const counts = labels.map(({ learned }) => countsOf(learned));
  if (isExclusive) return pictures > counts.reduce((sum, { acceptedCount }) => sum + acceptedCount, 0);
  // What was left to its words has learned nothing, one-sided or not.
  const taught = counts.filter(({ acceptedCount, rejectedCount }) => acceptedCount + rejectedCount > 0);
  return taught.some((each) => !showsBoundary(each, isExclusive));
}
