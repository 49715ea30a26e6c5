import { AfterimageError, expected } from '../errors.js';
import type { ModelManifest } from './model-manifest.js';
import { dotProduct, l2Normalise } from './vectors.js';

export interface LabelScore {
  /** The cosine of picture and label, -1..1. Says nothing by itself: compare it within one model only. */
  readonly score: number;
  /** 0..1. Of competing labels they add up to 1; of independent ones each stands alone. */
  readonly probability: number;
}

export interface ZeroShotOptions {
  readonly manifest: Pick<ModelManifest, 'dimension' | 'logitScale' | 'logitBias' | 'activation'>;
  /** One a label, from `classEmbedding`. */
  readonly classEmbeddings: readonly Float32Array[];
  /** Whether each label is judged for itself, instead of one out of all. */
  readonly isMultiLabel: boolean;
  /** Class embeddings of the BACKGROUND_LABELS, needed where `needsBackground` says so. Default none. */
  readonly background?: readonly Float32Array[];
  /** L2-normalised embeddings of what looks like a label and is not, by the index of the label. Default none. */
  readonly negatives?: readonly (readonly Float32Array[])[];
  /** Whether the answer has one entry more, for none of the labels. False by default. */
  readonly hasNone?: boolean;
}

/** The prompts of a label: `{}` stands for it, and may stand in a template more than once. */
export function fillTemplates(label: string, templates: readonly string[]): string[] {
  // A function, because a replacement string would give `$&` in a label a meaning.
  return templates.map((template) => template.replaceAll('{}', () => label));
}

/**
 * @param embeddings of a label's prompts, any length above zero
 * @returns the L2-normalised mean of the normalised embeddings: one direction that stands for the label (Radford et al.
 *   2021, "Learning transferable visual models from natural language supervision", section 3.1.4)
 * @throws TENSOR_INVALID when there are none, or they cancel out
 */
export function classEmbedding(embeddings: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const sum = new Float32Array(embeddings[0]?.length ?? 0);
  for (const embedding of embeddings) l2Normalise(embedding).forEach((value, index) => (sum[index]! += value));
  return l2Normalise(sum);
}

/** Whether probabilities need a background: a model trained with softmax has none of a pair alone, nor of none. */
export function needsBackground(
  { activation }: Pick<ModelManifest, 'activation'>,
  isMultiLabel: boolean,
  hasNone = false,
): boolean {
  return (isMultiLabel || hasNone) && activation === 'softmax';
}

/**
 * Makes the function that scores the labels for an L2-normalised image embedding, one result a label in their order.
 * What depends on the labels alone is computed here, once for any number of pictures.
 *
 * Competing labels: softmax over their logits. Independent labels: the sigmoid of the logit where the model was trained
 * so; otherwise softmax of the label against the background, each background text counting as much as it differs from
 * the label (docs/decisions/001-independent-label-probabilities.md).
 *
 * Negatives take from their label what softmax gives them beside it. None of the labels has what the surest of them
 * leaves when each is judged for itself; competing labels share the rest (docs/decisions/015-label-sets-and-review.md).
 * Its score is that of the nearest background, whatever that weighs against a label, or where the sigmoid is one half.
 *
 * @throws TENSOR_INVALID when an embedding is not `dimension` long, or the background is missing
 */
export function createZeroShotClassifier(options: ZeroShotOptions): (image: Float32Array) => LabelScore[] {
  const { manifest, classEmbeddings, isMultiLabel, background = [], negatives = [], hasNone = false } = options;
  classEmbeddings.forEach((embedding, index) => checkLength(embedding, manifest, `classEmbeddings[${index}]`));
  background.forEach((embedding, index) => checkLength(embedding, manifest, `background[${index}]`));
  const toLogit = (score: number) => manifest.logitScale * score + manifest.logitBias;
  const independent = needsBackground(manifest, isMultiLabel, hasNone)
    ? againstBackground(classEmbeddings, background, manifest.logitScale)
    : (scores: Float64Array) => scores.map((score) => sigmoid(toLogit(score)));

  const scoreOfNone = (image: Float32Array) =>
    background.length > 0
      ? background.reduce((best, each) => Math.max(best, dotProduct(image, each)), -1)
      : -manifest.logitBias / manifest.logitScale;

  return (image) => {
    checkLength(image, manifest, 'image');
    const scores = Float64Array.from(classEmbeddings, (embedding) => dotProduct(image, embedding));
    const own = scores.map((score, index) => ownShare(score, negatives[index] ?? [], image, manifest.logitScale));
    const alone = isMultiLabel || hasNone ? independent(scores, image).map((each, index) => each * own[index]!) : own;
    const none = hasNone ? 1 - alone.reduce((a, b) => Math.max(a, b), 0) : 0;
    const probabilities = isMultiLabel
      ? alone
      : softmax(scores.map(toLogit)).map((share, index) => share * own[index]! * (1 - none));
    const found = Array.from(scores, (score, index) => ({ score, probability: probabilities[index]! }));
    return hasNone ? [...found, { score: scoreOfNone(image), probability: none }] : found;
  };
}

/** What is left to a label beside its negatives, 0 to 1: 1 where it has none. */
function ownShare(score: number, negatives: readonly Float32Array[], image: Float32Array, logitScale: number): number {
  const rivals = negatives.map((negative) => Math.exp(logitScale * (dotProduct(image, negative) - score)));
  return 1 / rivals.reduce((sum, rival) => sum + rival, 1);
}

function againstBackground(labels: readonly Float32Array[], background: readonly Float32Array[], logitScale: number) {
  if (background.length === 0)
    throw new AfterimageError('TENSOR_INVALID', expected('at least one embedding', 'background', background));
  const weights = labels.map((label) => differences(label, background));

  return (scores: Float64Array, image: Float32Array): Float64Array => {
    const rivals = Float64Array.from(background, (embedding) => dotProduct(image, embedding));
    const best = rivals.reduce((a, b) => Math.max(a, b));
    const powers = rivals.map((score) => Math.exp(logitScale * (score - best)));
    // 1 / (1 + sum of weight * exp(rival's logit - label's logit)); a bias would cancel out.
    return scores.map((score, index) =>
      sigmoid(logitScale * (score - best) - Math.log(dotProduct(weights[index]!, powers))),
    );
  };
}

/**
 * How much each text differs from the label: 0 when it is the label, 1 for the most different of them. Relative, because
 * models differ in how close to one another they put any two texts.
 */
function differences(label: Float32Array, texts: readonly Float32Array[]): Float64Array {
  const distances = Float64Array.from(texts, (text) => Math.max(0, 1 - dotProduct(label, text)));
  const largest = distances.reduce((a, b) => Math.max(a, b), Number.EPSILON);
  return distances.map((distance) => distance / largest);
}

/** @returns numbers above zero that add up to 1, in the order of the logits; safe for logits of any size */
export function softmax(logits: Float64Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function checkLength(embedding: Float32Array, { dimension }: Pick<ModelManifest, 'dimension'>, name: string): void {
  if (embedding.length !== dimension)
    throw new AfterimageError('TENSOR_INVALID', expected(`${dimension} numbers`, name, embedding.length));
}
