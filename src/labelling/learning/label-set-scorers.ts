import { applyHead, hasLearned, priorHead, type LabelHead } from './label-head.js';
import type { LabelHeads, SetKey, StoredHead } from './label-heads.js';
import type { LabelScorers } from '../label-scorers.js';
import type { PromptedLabel } from '../prompted-label.js';
import type { ServedModel } from '../../assets/served-models.js';

export interface LabelSetRequest {
  readonly libraryId: string;
  readonly labels: readonly (PromptedLabel & { readonly id: string })[];
  readonly templates: readonly string[];
  readonly isExclusive: boolean;
}

type LabelsOfSet = Pick<LabelSetRequest, 'labels' | 'isExclusive'>;

/** Probabilities of the labels of a set for one L2-normalised image embedding, in their order, 0 to 1. */
export type LabelSetScorer = (image: Float32Array) => number[];

/**
 * Probabilities after the corrections of those by the prior, which are in the order of the labels too; null for a label
 * that nothing was learned of, which keeps its prior.
 */
export type Correction = (image: Float32Array, probabilities: readonly number[]) => (number | null)[];

/** Scores pictures under a label set: by what it learned from corrections, else by the zero-shot prior. */
export class LabelSetScorers {
  constructor(
    private readonly priors: LabelScorers,
    private readonly heads: LabelHeads,
  ) {}

  /** @param headId of the head that is to answer, whether or not it still does; null for the prior */
  async of(model: ServedModel, headId: string | null, request: LabelSetRequest): Promise<LabelSetScorer> {
    const { libraryId, labels, templates, isExclusive } = request;
    const prior = await this.priors.of(model, { labels, templates, isMultiLabel: !isExclusive });
    const correct = correctionBy(headId === null ? undefined : await this.heads.get(libraryId, headId), request);
    return (image) => {
      const probabilities = prior(image).map(({ probability }) => probability);
      const corrected = correct?.(image, probabilities);
      return probabilities.map((probability, label) => corrected?.[label] ?? probability);
    };
  }

  /** What the set learned; null where the prior answers. */
  async correction(model: ServedModel, request: SetKey & LabelsOfSet): Promise<Correction | null> {
    return correctionBy(await this.heads.active(request, model.id), request);
  }
}

function correctionBy(stored: StoredHead | undefined, { labels, isExclusive }: LabelsOfSet): Correction | null {
  // What competing labels taught says nothing of independent ones.
  if (stored?.isExclusive !== isExclusive) return null;
  const head = headFor(
    labels.map(({ id }) => id),
    stored,
  );
  // Those that compete change with one another.
  const isChanged = labels.map((_, label) => isExclusive || hasLearned(head, label));
  return (image, probabilities) =>
    Array.from(applyHead(head, image, probabilities, isExclusive), (probability, label) =>
      isChanged[label]! ? probability : null,
    );
}

/** The head for these labels in their order: of those that came to the set later it knows nothing. */
function headFor(labelIds: readonly string[], { head, labelIds: known }: StoredHead): LabelHead {
  const dimension = head.weights.length / known.length;
  const { weights, bias } = priorHead(labelIds.length, dimension);
  labelIds.forEach((id, label) => {
    const at = known.indexOf(id);
    if (at === -1) return;
    weights.set(head.weights.subarray(at * dimension, (at + 1) * dimension), label * dimension);
    bias[label] = head.bias[at]!;
  });
  return { weights, bias, priorScale: head.priorScale };
}
