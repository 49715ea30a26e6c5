import { ClassEmbeddings } from './class-embeddings.js';
import { checkPromptCount } from './label-rules.js';
import { promptsOf, type PromptedLabel } from './prompted-label.js';
import type { ServedModel } from '../assets/served-models.js';
import { BACKGROUND_LABELS } from '../inference/background-labels.js';
import type { Encoder } from '../inference/encoder.js';
import { createZeroShotClassifier, needsBackground, type LabelScore } from '../inference/zero-shot.js';

export interface ScorerRequest {
  readonly labels: readonly PromptedLabel[];
  /** With {} in place of the label; the model's own where there are none. */
  readonly templates?: readonly string[] | null;
  readonly isMultiLabel: boolean;
  /** Whether the scores end with that of none of the labels. */
  readonly hasNone?: boolean;
}

/** Scores one L2-normalised image embedding: one result a label in their order, and none of them last where asked for. */
export type LabelScorer = (image: Float32Array) => LabelScore[];

/** Makes what scores pictures under labels. What depends on the labels alone is done once, for any number of pictures. */
export class LabelScorers {
  /** A model's go with its encoder. */
  readonly #known = new WeakMap<Encoder, ClassEmbeddings>();

  /** @throws INVALID_ARGUMENT for more than 50,000 prompts in all */
  async of(model: ServedModel, request: ScorerRequest): Promise<LabelScorer> {
    const { labels, isMultiLabel, hasNone = false } = request;
    const encoder = await model.encoder();
    const { manifest } = encoder;
    const known = this.#knownOf(encoder);
    const templates = request.templates?.length ? request.templates : manifest.templates;
    checkPromptCount(labels, templates);
    const [classEmbeddings, negatives, background] = await Promise.all([
      Promise.all(labels.map((label) => known.ofPrompts(promptsOf(label, templates)))),
      Promise.all(
        labels.map(({ negativePrompts = [] }) => Promise.all(negativePrompts.map((each) => known.ofPrompts([each])))),
      ),
      needsBackground(manifest, isMultiLabel, hasNone) ? known.of(BACKGROUND_LABELS) : [],
    ]);
    return createZeroShotClassifier({ manifest, classEmbeddings, negatives, isMultiLabel, background, hasNone });
  }

  /** The direction in which each of these labels lies, by that model and its templates: L2-normalised, in their order. */
  async classEmbeddings(model: ServedModel, labels: readonly string[]): Promise<Float32Array[]> {
    return this.#knownOf(await model.encoder()).of(labels);
  }

  #knownOf(encoder: Encoder): ClassEmbeddings {
    let known = this.#known.get(encoder);
    if (!known) this.#known.set(encoder, (known = new ClassEmbeddings(encoder)));
    return known;
  }
}
