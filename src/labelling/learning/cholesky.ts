/**
 * The lower triangular factor L of a symmetric positive definite matrix L times its transpose (Golub and Van Loan 2013,
 * "Matrix computations", section 4.2).
 * @param matrix size times size, of which the lower half is read
 * @returns likewise, with zeros above
 */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column <= row; column++) {
      const [from, to] = [row * size, column * size];
      let sum = matrix[from + column]!;
      for (let index = 0; index < column; index++) sum -= factor[from + index]! * factor[to + index]!;
      factor[from + column] = row === column ? Math.sqrt(sum) : sum / factor[to + column]!;
    }
  return factor;
}

/** Multiplies by the transpose of a factor, in place. */
export function multiplyTransposed(factor: Float64Array, vector: Float64Array): void {
  const size = vector.length;
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let index = row; index < size; index++) sum += factor[index * size + row]! * vector[index]!;
    vector[row] = sum;
  }
}

/** Solves the system of the transpose of a factor, in place. */
export function solveTransposed(factor: Float64Array, vector: Float64Array): void {
  const size = vector.length;
  for (let row = size - 1; row >= 0; row--) {
    const at = row * size;
    const value = (vector[row]! /= factor[at + row]!);
    for (let index = 0; index < row; index++) vector[index]! -= factor[at + index]! * value;
  }
}
