import type { LabelScorers } from './label-scorers.js';
import type { LabelSetsService, LabelSetWithLabels } from './label-sets.service.js';
import type { LabelSetScorers } from './learning/label-set-scorers.js';
import type { PromptedLabel } from './prompted-label.js';
import { checkPromptedLabels, checkTemplates, checkTopK } from './label-rules.js';
import type { Viewer } from '../access/viewer.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';
import { AfterimageError } from '../errors.js';
import type { LabelScore } from '../inference/zero-shot.js';
import type { QueryImage, QueryImages } from '../search/query-image.js';

/** What stands for none of the labels where it is asked for. */
const NONE = 'none of these';

export interface ClassificationRequest {
  /** 1 to 1,000, no two of which differ by case only; or else: */
  readonly labels?: readonly string[] | null;
  /** Likewise, with prompts of their own; or else: */
  readonly promptedLabels?: readonly PromptedLabel[] | null;
  /** A set of the library, with its templates, and competing where it is exclusive. */
  readonly labelSetId?: string | null;
  /** Prompts with {} in place of the label; the set's or the model's own by default. */
  readonly templates?: readonly string[] | null;
  /** Each label for itself (any number may fit) instead of one out of all. False by default, but for a set. */
  readonly isMultiLabel?: boolean | null;
  /** Whether "none of these" is among the answers. False by default. */
  readonly includeNone?: boolean | null;
  /** How many of the best; all by default. */
  readonly topK?: number | null;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

export interface ClassifiedLabel extends LabelScore {
  readonly label: string;
  /** Of a set. */
  readonly labelId: string | null;
  readonly isNone: boolean;
  /** Whether the probability is what the set learned from people, instead of what its words say. */
  readonly isLearned: boolean;
}

/** Sorts pictures under labels that nobody trained a model for. */
export class ZeroShotService {
  constructor(
    private readonly models: ServedModels,
    private readonly queryImages: QueryImages,
    private readonly labelSets: LabelSetsService,
    private readonly scorers: LabelScorers,
    private readonly setScorers: LabelSetScorers,
  ) {}

  /**
   * @returns every label, or the best of them, best first
   * @throws INVALID_ARGUMENT, LABEL_SET_NOT_FOUND, LABEL_SET_EMPTY, and as `QueryImages.embed`
   */
  async classify(viewer: Viewer, request: QueryImage & ClassificationRequest): Promise<ClassifiedLabel[]> {
    const model = await this.models.active();
    const classify = await this.classifier(viewer, model, request);
    return classify((await this.queryImages.embed(viewer, model, request)).vector);
  }

  /**
   * What depends on the labels alone is done once, for any number of pictures. A set that has learned answers by that, where
   * it is asked as it stands: neither with other templates, nor competing otherwise, nor with "none of these".
   * @returns a function of an L2-normalised image embedding by that model
   * @throws INVALID_ARGUMENT, LABEL_SET_NOT_FOUND, LABEL_SET_EMPTY
   */
  async classifier(
    viewer: Viewer,
    model: ServedModel,
    request: ClassificationRequest,
  ): Promise<(image: Float32Array) => ClassifiedLabel[]> {
    const { includeNone: hasNone = false, topK, signal } = request;
    checkTopK(topK);
    const templates = checkTemplates(request.templates);
    const { labels, set, ...asked } = await this.#labelsOf(viewer, request);
    const isMultiLabel = request.isMultiLabel ?? asked.isMultiLabel;
    const isAsItStands = !templates && !hasNone && isMultiLabel === asked.isMultiLabel;
    const correct =
      set && isAsItStands
        ? await this.setScorers.correction(model, {
            libraryId: viewer.libraryId,
            labelSetId: set.id,
            labels: set.labels,
            isExclusive: set.isExclusive,
          })
        : null;
    const score = await this.scorers.of(model, {
      labels,
      templates: templates ?? asked.templates,
      isMultiLabel,
      hasNone: hasNone ?? false,
      signal,
    });
    const named = [
      ...labels.map(({ name, id = null }) => ({ label: name, labelId: id, isNone: false })),
      { label: NONE, labelId: null, isNone: true },
    ];
    return (image) => {
      const scores = score(image);
      const learned = correct?.(
        image,
        scores.map(({ probability }) => probability),
      );
      const scored = scores.map((each, index) => ({
        ...named[index]!,
        ...each,
        probability: learned?.[index] ?? each.probability,
        isLearned: learned?.[index] != null,
      }));
      // By probability, which negative prompts change; where that is even, or as good as nothing, the nearer one.
      const sorted = scored.sort((a, b) => b.probability - a.probability || b.score - a.score);
      return topK == null ? sorted : sorted.slice(0, topK);
    };
  }

  async #labelsOf(viewer: Viewer, { labels, promptedLabels, labelSetId }: ClassificationRequest): Promise<AskedLabels> {
    const given = [labels, promptedLabels, labelSetId].filter((each) => each != null);
    if (given.length !== 1)
      throw new AfterimageError(
        'INVALID_ARGUMENT',
        `expected one of labels, promptedLabels and labelSetId, received ${given.length} of them`,
      );
    if (labelSetId != null) {
      const set = await this.labelSets.getFilled(viewer, labelSetId);
      return { labels: set.labels, templates: set.templates, isMultiLabel: !set.isExclusive, set };
    }
    const named: readonly PromptedLabel[] = promptedLabels ?? labels!.map((name) => ({ name }));
    return { labels: checkPromptedLabels(named), templates: null, isMultiLabel: false };
  }
}

interface AskedLabels {
  readonly labels: readonly (PromptedLabel & { readonly id?: string })[];
  readonly templates: readonly string[] | null;
  readonly isMultiLabel: boolean;
  readonly set?: LabelSetWithLabels;
}
