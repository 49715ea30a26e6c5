import type { Family } from './export-config.js';
import { AfterimageError } from '../../errors.js';
import type { Tensor } from '../../inference/onnx-runtime.js';
import { dotProduct, l2Normalise } from '../../inference/vectors.js';
import { CLIP_LOGITS, SIGLIP2_LOGITS, SIGLIP_LOGITS } from '../catalogue.js';

export interface Logits {
  /** Exponentiated. */
  readonly scale: number;
  readonly bias: number;
}

/** Of the base models of a family, which others are near. */
export function baseLogits(family: Family, isSiglip2: boolean): { readonly name: string; readonly logits: Logits } {
  if (family === 'clip') return { name: 'CLIP', logits: CLIP_LOGITS };
  return isSiglip2 ? { name: 'SigLIP 2', logits: SIGLIP2_LOGITS } : { name: 'SigLIP', logits: SIGLIP_LOGITS };
}

/**
 * What the model multiplies a cosine by and adds to it, from what it answered: the line through (cosine, logit).
 * @param images float32 [N, dimension], texts float32 [M, dimension], logits float32 [N, M]
 * @param hasBias whether the line need not go through the origin
 * @throws MODEL_INVALID when the logits are no line of the cosines
 */
export function fitLogits(images: Tensor, texts: Tensor, logits: Tensor, hasBias: boolean, source: string): Logits {
  const [imageRows, textRows] = [rowsOf(images), rowsOf(texts)];
  const cosines = imageRows.flatMap((image) => textRows.map((text) => dotProduct(image, text)));
  const values = [...(logits.data as Float32Array)];
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const [centreX, centreY] = hasBias ? [mean(cosines), mean(values)] : [0, 0];
  const squares = cosines.reduce((sum, cosine) => sum + (cosine - centreX) ** 2, 0);
  const products = cosines.reduce((sum, cosine, index) => sum + (cosine - centreX) * (values[index]! - centreY), 0);
  const scale = products / squares;
  const bias = centreY - scale * centreX;
  const worst = Math.max(...cosines.map((cosine, index) => Math.abs(scale * cosine + bias - values[index]!)));
  if (!(scale > 0) || !(worst < 0.01 * Math.max(1, scale) + 0.01 * Math.abs(bias)))
    throw new AfterimageError(
      'MODEL_INVALID',
      `expected logits that are scale * cosine + bias in ${source}, received others`,
    );
  return { scale: rounded(scale), bias: rounded(bias) };
}

/** float32 has no more than about seven digits to give. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function rowsOf({ data, dims }: Tensor): Float32Array[] {
  const [count, length] = dims as [number, number];
  return Array.from({ length: count }, (_, row) =>
    l2Normalise((data as Float32Array).subarray(row * length, (row + 1) * length)),
  );
}
