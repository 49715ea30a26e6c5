import { AfterimageError, expected } from '../errors.js';

/** @throws TENSOR_INVALID when its length is zero or not a number, which no direction can be made of */
export function l2Normalise(embedding: Float32Array): Float32Array<ArrayBuffer> {
  let squares = 0;
  for (const value of embedding) squares += value * value;
  const norm = Math.sqrt(squares);
  if (!(norm > 0 && norm < Infinity))
    throw new AfterimageError('TENSOR_INVALID', expected('a finite length above zero', 'an embedding', norm));
  return Float32Array.from(embedding, (value) => value / norm);
}
