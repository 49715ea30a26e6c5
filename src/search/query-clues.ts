import { checkWeight, mix, PICTURE_SHARE, type Clue } from './mix.js';
import { checkQuery } from './check-query.js';
import type { QueryImages } from './query-image.js';
import type { Viewer } from '../access/viewer.js';
import type { ModelEmbedding } from '../assets/asset-index.js';
import type { ServedModel } from '../assets/served-models.js';
import { AfterimageError, expected } from '../errors.js';

const MAX_CLUES = 20;
/** Of `not`, `like` and `unlike` together: the query is a clue itself. */
export const MAX_STEERING = MAX_CLUES - 1;
export const MAX_PICTURES = MAX_CLUES;

export interface TextClue {
  readonly text: string;
  /** 1 by default. */
  readonly weight?: number | null;
}

export interface PictureClue {
  readonly assetId: string;
  /** 1 by default. */
  readonly weight?: number | null;
}

/** What a query by text is steered by beside the text itself, which weighs 1. */
export interface Clues {
  readonly not?: readonly TextClue[] | null;
  readonly like?: readonly PictureClue[] | null;
  readonly unlike?: readonly PictureClue[] | null;
}

export function hasClues({ not, like, unlike }: Clues): boolean {
  return [not, like, unlike].some((clues) => clues != null && clues.length > 0);
}

/** Makes one embedding of many clues. */
export class QueryClues {
  constructor(private readonly images: QueryImages) {}

  /** @throws INVALID_ARGUMENT, ASSET_NOT_FOUND, ASSET_NOT_READY, ASSET_FAILED */
  async ofText(
    viewer: Viewer,
    model: ServedModel,
    text: string,
    { not, like, unlike }: Clues,
  ): Promise<ModelEmbedding> {
    const pictures = [...(like ?? []).map(towards), ...(unlike ?? []).map(away)];
    const others = (not ?? []).map((clue, at) => away({ ...clue, text: checkQuery(clue.text, `not[${at}].text`) }));
    checkCount(others.length + pictures.length, MAX_STEERING, 'not, like and unlike together');
    return this.#mix(viewer, model, [{ text, weight: 1 }, ...others], pictures);
  }

  /** @throws as `ofText` */
  async ofAssets(
    viewer: Viewer,
    model: ServedModel,
    assetIds: readonly string[],
    withText?: TextClue | null,
  ): Promise<ModelEmbedding> {
    if (assetIds.length === 0) throw new AfterimageError('INVALID_ARGUMENT', expected('an id', 'assetIds', assetIds));
    checkCount(assetIds.length, MAX_PICTURES, 'assetIds');
    // Several pictures are one clue: their mean.
    const pictures = assetIds.map((assetId) => ({ assetId, weight: 1 / assetIds.length }));
    const texts = withText ? [towards({ ...withText, text: checkWithText(withText) })] : [];
    return this.#mix(viewer, model, texts, pictures);
  }

  /** @throws INVALID_ARGUMENT */
  async withText(model: ServedModel, { vector }: ModelEmbedding, withText: TextClue): Promise<ModelEmbedding> {
    const weight = checkWeight(withText.weight);
    const [text] = await (await model.encoder()).encodeTexts([checkWithText(withText)]);
    const clues = [
      { embedding: text!, weight },
      { embedding: vector, weight: PICTURE_SHARE },
    ];
    return { modelId: model.id, vector: mix(clues) };
  }

  async #mix(
    viewer: Viewer,
    model: ServedModel,
    texts: readonly { readonly text: string; readonly weight: number }[],
    pictures: readonly { readonly assetId: string; readonly weight: number }[],
  ): Promise<ModelEmbedding> {
    const encoder = await model.encoder();
    const [ofTexts, ofPictures] = await Promise.all([
      encoder.encodeTexts(texts.map(({ text }) => text)),
      this.images.embedAssets(
        viewer,
        model,
        pictures.map(({ assetId }) => assetId),
      ),
    ]);
    const clues: Clue[] = [
      ...ofTexts.map((embedding, index) => ({ embedding, weight: texts[index]!.weight })),
      ...ofPictures.map((embedding, index) => ({ embedding, weight: PICTURE_SHARE * pictures[index]!.weight })),
    ];
    return { modelId: model.id, vector: mix(clues) };
  }
}

function towards<C extends { readonly weight?: number | null }>(clue: C): C & { weight: number } {
  return { ...clue, weight: checkWeight(clue.weight) };
}

function away<C extends { readonly weight?: number | null }>(clue: C): C & { weight: number } {
  return { ...clue, weight: -checkWeight(clue.weight) };
}

function checkWithText({ text }: TextClue): string {
  return checkQuery(text, 'withText.text');
}

function checkCount(count: number, most: number, name: string): void {
  if (count > most) throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${most}`, name, count));
}
