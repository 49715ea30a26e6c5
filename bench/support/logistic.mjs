const ROUNDS = 25;
const RIDGE = 1e-6;

/**
 * Logistic regression by Newton's method.
 * @param rows {features: numbers, isTrue, weight}
 * @returns the bias and a weight a feature
 */
export function fitLogistic(rows) {
  const size = rows[0].features.length + 1;
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  let fitted = Array.from({ length: size }, () => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const gradient = fitted.map((value) => -RIDGE * value);
    const curvature = fitted.map((_, row) => fitted.map((__, column) => (row === column ? RIDGE : 0)));
    for (const { features, isTrue, weight } of rows) {
      const inputs = [1, ...features];
      const p = 1 / (1 + Math.exp(-inputs.reduce((sum, input, index) => sum + input * fitted[index], 0)));
      const share = weight / total;
      for (let row = 0; row < size; row++) {
        gradient[row] += share * (Number(isTrue) - p) * inputs[row];
        for (let column = 0; column < size; column++)
          curvature[row][column] += share * p * (1 - p) * inputs[row] * inputs[column];
      }
    }
    const step = solve(curvature, gradient);
    fitted = fitted.map((value, index) => value + step[index]);
  }
  return fitted;
}

/** Gaussian elimination; the matrix is positive definite. */
function solve(matrix, vector) {
  const rows = matrix.map((row, index) => [...row, vector[index]]);
  for (let pivot = 0; pivot < rows.length; pivot++)
    for (let row = 0; row < rows.length; row++) {
      if (row === pivot) continue;
      const factor = rows[row][pivot] / rows[pivot][pivot];
      rows[row] = rows[row].map((value, column) => value - factor * rows[pivot][column]);
    }
  return rows.map((row, index) => row.at(-1) / row[index]);
}
