import { pictureOf, type EvaluationSet } from './evaluation-set.js';
import { rankOf, sharesWithin } from './scores.js';
import { openImage } from '../assets/image-decoder.js';
import type { Encoder } from '../inference/encoder.js';
import { preprocess } from '../inference/preprocess.js';
import { dotProduct } from '../inference/vectors.js';
import { classEmbedding, fillTemplates } from '../inference/zero-shot.js';
import { mapLimited } from '../map-limited.js';

export interface CaptionScores {
  readonly pictures: number;
  readonly captions: number;
  /** The share of captions whose picture is among the first 1, 5, 10 of all captioned pictures. */
  readonly recall: Readonly<Record<1 | 5 | 10, number>>;
}

export interface LabelScores {
  readonly set: string;
  readonly pictures: number;
  readonly labels: number;
  /** The share of pictures of which a right label is among the first 1, 5 of the set's. */
  readonly accuracy: Readonly<Record<1 | 5, number>>;
}

export interface Evaluation {
  readonly captions: CaptionScores | undefined;
  readonly labels: readonly LabelScores[];
}

export interface EvaluateOptions {
  readonly maxPixels: number;
  readonly concurrency: number;
  /** Told how many pictures have been encoded, of how many. */
  readonly onPicture?: (count: number, total: number) => void;
}

/**
 * Measures an encoder on pictures with captions (text-to-image recall, every other picture being a wrong answer) and with
 * labels (zero-shot, each set for itself, with the model's own templates).
 * @throws INVALID_ARGUMENT for a picture that is missing, UPLOAD_DAMAGED and the like for one that cannot be read
 */
export async function evaluate(set: EvaluationSet, encoder: Encoder, options: EvaluateOptions): Promise<Evaluation> {
  const files = [...new Set([...set.captions, ...set.labels].map(({ file }) => file))];
  let done = 0;
  const embeddings = await mapLimited(options.concurrency, files, async (file) => {
    const { image } = await openImage(await pictureOf(set.folder, file), options.maxPixels);
    const embedding = await encoder.encodeImage(await preprocess(image, encoder.manifest.image));
    options.onPicture?.(++done, files.length);
    return embedding;
  });
  const byFile = new Map(files.map((file, index) => [file, embeddings[index]!]));
  return {
    captions: set.captions.length > 0 ? await scoreCaptions(set.captions, byFile, encoder) : undefined,
    labels: await scoreLabels(set.labels, byFile, encoder),
  };
}

async function scoreCaptions(
  captions: EvaluationSet['captions'],
  embeddings: ReadonlyMap<string, Float32Array>,
  encoder: Encoder,
): Promise<CaptionScores> {
  const files = [...new Set(captions.map(({ file }) => file))];
  const pictures = files.map((file) => embeddings.get(file)!);
  const ranks: number[] = [];
  for (const { file, captions: texts } of captions) {
    for (const text of await encoder.encodeTexts(texts)) {
      const scores = pictures.map((picture) => dotProduct(text, picture));
      ranks.push(rankOf(scores, (index) => files[index] === file));
    }
  }
  return { pictures: files.length, captions: ranks.length, recall: sharesWithin(ranks, [1, 5, 10]) };
}

async function scoreLabels(
  pictures: EvaluationSet['labels'],
  embeddings: ReadonlyMap<string, Float32Array>,
  encoder: Encoder,
): Promise<LabelScores[]> {
  const sets: LabelScores[] = [];
  for (const set of new Set(pictures.map((picture) => picture.set))) {
    const ofSet = pictures.filter((picture) => picture.set === set);
    const labels = [...new Set(ofSet.flatMap((picture) => picture.labels))];
    const classes: Float32Array[] = [];
    for (const label of labels)
      classes.push(classEmbedding(await encoder.encodeTexts(fillTemplates(label, encoder.manifest.templates))));
    const ranks = ofSet.map(({ file, labels: right }) => {
      const picture = embeddings.get(file)!;
      const scores = classes.map((each) => dotProduct(picture, each));
      return rankOf(scores, (index) => right.includes(labels[index]!));
    });
    const accuracy = sharesWithin(ranks, [1, 5]);
    sets.push({ set, pictures: ofSet.length, labels: labels.length, accuracy });
  }
  return sets.sort((a, b) => a.set.localeCompare(b.set));
}
