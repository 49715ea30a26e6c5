import { z } from 'zod';
import type { LabelSetWithLabels } from './label-sets.service.js';

const texts = z.array(z.string());

const vocabularySchema = z.object({
  isExclusive: z.boolean(),
  templates: texts,
  labels: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      synonyms: texts,
      prompts: texts,
      negativePrompts: texts,
      /** Least probability of a suggestion, 0 to 1. */
      threshold: z.number(),
    }),
  ),
});

/** A set as a classification began with it: what is changed of the set meanwhile changes nothing of what is under way. */
export type Vocabulary = z.output<typeof vocabularySchema>;

/** @param threshold instead of those of the set and its labels */
export function vocabularyOf(set: LabelSetWithLabels, threshold: number | null): Vocabulary {
  return {
    isExclusive: set.isExclusive,
    templates: set.templates,
    labels: set.labels.map(({ id, name, synonyms, prompts, negativePrompts, threshold: own }) => ({
      id,
      name,
      synonyms,
      prompts,
      negativePrompts,
      threshold: threshold ?? own ?? set.threshold,
    })),
  };
}

export function readVocabulary(json: unknown): Vocabulary {
  return vocabularySchema.parse(json);
}
