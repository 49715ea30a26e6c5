import { ClassEmbeddings } from './class-embeddings.js';
import { labelKey, toLabelName } from '../assets/label-name.js';
import type { Viewer } from '../access/viewer.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';
import { AfterimageError, expected } from '../errors.js';
import { BACKGROUND_LABELS } from '../inference/background-labels.js';
import type { Encoder } from '../inference/encoder.js';
import { createZeroShotClassifier, needsBackground, type LabelScore } from '../inference/zero-shot.js';
import type { QueryImage, QueryImages } from '../search/query-image.js';

export const MAX_LABELS = 1_000;
const MAX_TEMPLATES = 100;
const MAX_TEMPLATE_LENGTH = 300;

export interface ClassificationRequest {
  /** 1 to 1,000, no two of which differ by case only. */
  readonly labels: readonly string[];
  /** Prompts with {} in place of the label; the model's own by default. */
  readonly templates?: readonly string[] | null;
  /** Each label for itself (any number may fit) instead of one out of all. False by default. */
  readonly isMultiLabel?: boolean | null;
}

export interface ClassifiedLabel extends LabelScore {
  readonly label: string;
}

/** Sorts pictures under labels that nobody trained a model for. */
export class ZeroShotService {
  /** A model's go with its encoder. */
  readonly #classEmbeddings = new WeakMap<Encoder, ClassEmbeddings>();

  constructor(
    private readonly models: ServedModels,
    private readonly queryImages: QueryImages,
  ) {}

  /** @returns every label, best first @throws INVALID_ARGUMENT, and as `QueryImages.embed` */
  async classify(viewer: Viewer, request: QueryImage & ClassificationRequest): Promise<ClassifiedLabel[]> {
    const model = await this.models.active();
    const classify = await this.classifier(model, request);
    return classify((await this.queryImages.embed(viewer, model, request)).vector);
  }

  /**
   * What depends on the labels alone is done once, for any number of pictures.
   * @returns a function of an L2-normalised image embedding by that model
   * @throws INVALID_ARGUMENT
   */
  async classifier(
    model: ServedModel,
    request: ClassificationRequest,
  ): Promise<(image: Float32Array) => ClassifiedLabel[]> {
    const labels = checkLabels(request.labels);
    const templates = checkTemplates(request.templates);
    const isMultiLabel = request.isMultiLabel ?? false;
    const encoder = await model.encoder();
    const { manifest } = encoder;
    const known = this.#classEmbeddingsOf(encoder);
    const [classEmbeddings, background] = await Promise.all([
      known.of(labels, templates),
      needsBackground(manifest, isMultiLabel) ? known.of(BACKGROUND_LABELS) : [],
    ]);
    const score = createZeroShotClassifier({ manifest, classEmbeddings, isMultiLabel, background });
    return (image) =>
      score(image)
        .map((scored, index) => ({ label: labels[index]!, ...scored }))
        .sort((a, b) => b.score - a.score);
  }

  /** The direction in which each of these labels lies, by that model and its templates: L2-normalised, in their order. */
  async classEmbeddings(model: ServedModel, labels: readonly string[]): Promise<Float32Array[]> {
    return this.#classEmbeddingsOf(await model.encoder()).of(labels);
  }

  #classEmbeddingsOf(encoder: Encoder): ClassEmbeddings {
    let known = this.#classEmbeddings.get(encoder);
    if (!known) this.#classEmbeddings.set(encoder, (known = new ClassEmbeddings(encoder)));
    return known;
  }
}

/** @throws INVALID_ARGUMENT */
export function checkLabels(labels: readonly string[]): string[] {
  if (labels.length === 0 || labels.length > MAX_LABELS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_LABELS} labels`, 'labels', labels));
  const names = labels.map(toLabelName);
  const keys = new Set<string>();
  for (const name of names) {
    if (keys.has(labelKey(name)))
      throw new AfterimageError('INVALID_ARGUMENT', expected('labels that differ by more than case', 'labels', name));
    keys.add(labelKey(name));
  }
  return names;
}

function checkTemplates(templates: readonly string[] | null | undefined): readonly string[] | undefined {
  if (templates == null) return undefined;
  if (templates.length === 0 || templates.length > MAX_TEMPLATES)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_TEMPLATES} templates`, 'templates', templates));
  const bad = templates.find((template) => !template.includes('{}') || template.length > MAX_TEMPLATE_LENGTH);
  if (bad !== undefined)
    throw new AfterimageError(
      'INVALID_ARGUMENT',
      expected(`at most ${MAX_TEMPLATE_LENGTH} characters with {} for the label`, 'a template', bad),
    );
  return templates;
}
