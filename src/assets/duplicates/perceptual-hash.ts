import type { LumaPicture } from './luma.js';

/** Frequencies of each axis that count, from 0. */
const FREQUENCIES = 8;

/**
 * A hash that hardly changes when a picture is resized, compressed or coloured otherwise: whether each of the 64 lowest
 * frequencies of its discrete cosine transform is above their median. Of two pictures that have nothing in common, half
 * of the bits differ. As in Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010 (pHash),
 * but for the picture, which is transformed as it is instead of being made a square first.
 *
 * @returns 64 bits as a signed number, as Postgres holds it; the lowest bit is that of the mean
 */
export function perceptualHash({ luma, width, height }: LumaPicture): bigint {
  const coefficients = lowFrequencies(luma, cosines(width), cosines(height), width);
  const median = medianOf(coefficients.slice(1));
  let bits = 0n;
  coefficients.forEach((value, index) => {
    if (value > median) bits |= 1n << BigInt(index);
  });
  return BigInt.asIntN(64, bits);
}

/** In how many bits two hashes differ, 0 to 64. */
export function hashDistance(a: bigint, b: bigint): number {
  let differing = BigInt.asUintN(64, a ^ b);
  let count = 0;
  for (; differing > 0n; differing &= differing - 1n) count++;
  return count;
}

/** Rows first, then columns: frequency (u, v) is at 8 v + u. */
function lowFrequencies(
  luma: Uint8Array,
  horizontal: readonly Float64Array[],
  vertical: readonly Float64Array[],
  width: number,
): Float64Array {
  const coefficients = new Float64Array(FREQUENCIES ** 2);
  const row = new Float64Array(FREQUENCIES);
  for (let y = 0; y * width < luma.length; y++) {
    row.fill(0);
    for (let x = 0; x < width; x++)
      for (let u = 0; u < FREQUENCIES; u++) row[u]! += luma[y * width + x]! * horizontal[u]![x]!;
    for (let v = 0; v < FREQUENCIES; v++)
      for (let u = 0; u < FREQUENCIES; u++) coefficients[FREQUENCIES * v + u]! += row[u]! * vertical[v]![y]!;
  }
  return coefficients;
}

/** The basis of the transform (DCT-II) along an axis of so many points: one list a frequency. */
function cosines(length: number): Float64Array[] {
  return Array.from({ length: FREQUENCIES }, (_, frequency) =>
    Float64Array.from({ length }, (_point, at) => Math.cos(((2 * at + 1) * frequency * Math.PI) / (2 * length))),
  );
}

function medianOf(values: Float64Array): number {
  return values.toSorted()[values.length >> 1]!;
}
