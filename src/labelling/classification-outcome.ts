import { z } from 'zod';
import { passing, type ScoredAsset } from './suggestions.js';
import { readVocabulary, type Vocabulary } from './vocabulary.js';

const BANDS = 10;
export const EXAMPLES = 3;

const bandSchema = z.object({ count: z.number(), examples: z.array(z.string()) });
const outcomeSchema = z.record(
  z.string(),
  z.object({ passed: z.number(), bands: z.partialRecord(z.string(), bandSchema) }),
);

/** By label: how many assets passed, and how many came into each tenth of probability, with the first of them. */
export type ClassificationOutcome = z.output<typeof outcomeSchema>;

export function readOutcome(json: unknown): ClassificationOutcome {
  return outcomeSchema.parse(json);
}

/** Counts some assets in. Of an exclusive set each counts for its surest label only. */
export function countIn(
  outcome: ClassificationOutcome,
  vocabulary: Vocabulary,
  scored: readonly ScoredAsset[],
): ClassificationOutcome {
  const counted = structuredClone(outcome);
  for (const { assetId, probabilities } of scored) {
    for (const index of passing(vocabulary, probabilities)) labelOf(counted, vocabulary, index).passed++;
    const best = probabilities.indexOf(Math.max(...probabilities));
    const indices = vocabulary.isExclusive ? [best] : vocabulary.labels.keys();
    for (const index of indices) {
      const { bands } = labelOf(counted, vocabulary, index);
      const band = (bands[bandOf(probabilities[index]!)] ??= { count: 0, examples: [] });
      band.count++;
      if (band.examples.length < EXAMPLES) band.examples.push(assetId);
    }
  }
  return counted;
}

function labelOf(outcome: ClassificationOutcome, { labels }: Vocabulary, index: number) {
  return (outcome[labels[index]!.id] ??= { passed: 0, bands: {} });
}

function bandOf(probability: number): number {
  return Math.min(Math.floor(probability * BANDS), BANDS - 1);
}

export interface LabelOutcome {
  readonly labelId: string;
  readonly name: string;
  readonly threshold: number;
  readonly passed: number;
  readonly bands: { min: number; max: number; count: number; exampleIds: readonly string[] }[];
}

/** What came out for each label of the vocabulary, in its order, as both are kept. */
export function outcomesByLabel(vocabulary: unknown, outcome: unknown): LabelOutcome[] {
  const counted = readOutcome(outcome);
  return readVocabulary(vocabulary).labels.map(({ id, name, threshold }) => ({
    labelId: id,
    name,
    threshold,
    passed: counted[id]?.passed ?? 0,
    bands: Array.from({ length: BANDS }, (_, band) => {
      const { count = 0, examples = [] } = counted[id]?.bands[band] ?? {};
      return { min: band / BANDS, max: (band + 1) / BANDS, count, exampleIds: examples };
    }),
  }));
}
