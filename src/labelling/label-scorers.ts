import { ClassEmbeddings } from './class-embeddings.js';
import { checkPromptCount } from './label-rules.js';
import { promptsOf, type PromptedLabel } from './prompted-label.js';
import type { ServedModel } from '../assets/served-models.js';
import { BACKGROUND_LABELS } from '../inference/background-labels.js';
import type { Encoder } from '../inference/encoder.js';
import { createZeroShotClassifier, fillTemplates, needsBackground, type LabelScore } from '../inference/zero-shot.js';

export interface ScorerRequest {
  readonly labels: readonly PromptedLabel[];
  /** With {} in place of the label; the model's own where there are none. */
  readonly templates?: readonly string[] | null;
  readonly isMultiLabel: boolean;
  /** Whether the scores end with that of none of the labels. */
  readonly hasNone?: boolean;
  /** Aborted when nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Scores one L2-normalised image embedding: one result a label in their order, and none of them last where asked for. */
export type LabelScorer = (image: Float32Array) => LabelScore[];

/** Makes what scores pictures under labels. What depends on the labels alone is done once, for any number of pictures. */
export class LabelScorers {
  /** A model's go with its encoder. */
  readonly #known = new WeakMap<Encoder, ClassEmbeddings>();

  /** @throws INVALID_ARGUMENT for more than 50,000 prompts in all; what `signal` was aborted with */
  async of(model: ServedModel, request: ScorerRequest): Promise<LabelScorer> {
    const { labels, isMultiLabel, hasNone = false, signal } = request;
    const encoder = await model.encoder();
    const { manifest } = encoder;
    const known = this.#knownOf(encoder);
    const templates = request.templates?.length ? request.templates : manifest.templates;
    checkPromptCount(labels, templates);
    const prompts = labels.map((label) => promptsOf(label, templates));
    const classEmbeddings = await known.of(prompts, signal);
    const unlike = labels.flatMap(({ negativePrompts = [] }) => negativePrompts.map((each) => [each]));
    const ofUnlike = await known.of(unlike, signal);
    const negatives = labels.map(({ negativePrompts = [] }) => ofUnlike.splice(0, negativePrompts.length));
    const background = needsBackground(manifest, isMultiLabel, hasNone)
      ? await known.of(templated(BACKGROUND_LABELS, manifest.templates), signal)
      : [];
    return createZeroShotClassifier({ manifest, classEmbeddings, negatives, isMultiLabel, background, hasNone });
  }

  /** The direction in which each of these labels lies, by that model and its templates: L2-normalised, in their order. */
  async classEmbeddings(model: ServedModel, labels: readonly string[]): Promise<Float32Array[]> {
    const encoder = await model.encoder();
    return this.#knownOf(encoder).of(templated(labels, encoder.manifest.templates));
  }

  #knownOf(encoder: Encoder): ClassEmbeddings {
    let known = this.#known.get(encoder);
    if (!known) this.#known.set(encoder, (known = new ClassEmbeddings(encoder)));
    return known;
  }
}

function templated(labels: readonly string[], templates: readonly string[]): string[][] {
  return labels.map((label) => fillTemplates(label, templates));
}
