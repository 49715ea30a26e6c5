import { describe, expect, it } from 'vitest';
import { inverse, timesTransposed, transposedTimes, type Matrix } from '#dist/inference/matrices.js';

const matrix = (...rows: number[][]): Matrix => ({
  values: Float32Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]!.length,
});

/** The same numbers each time, in eighths: their products are exact in 32 bits. */
const eighths = (rows: number, columns: number): Matrix => ({
  values: Float32Array.from({ length: rows * columns }, (_, index) => (((index * 7919) % 17) - 8) / 8),
  rows,
  columns,
});

describe('matrices', () => {
  it('are multiplied with one side transposed', async () => {
    const a = matrix([1, 2, 3], [4, 5, 6]);
    expect(await timesTransposed(a, matrix([1, 0, -1], [2, 1, 0], [0, 0, 10], [1, 1, 1]))).toEqual(
      matrix([-2, 4, 30, 6], [-2, 13, 60, 15]),
    );
    expect(await transposedTimes(a, matrix([1, -1], [10, 0]))).toEqual(matrix([41, -1], [52, -2], [63, -3]));
    expect(await timesTransposed(matrix([3]), matrix([-4]))).toEqual(matrix([-12]));
  });

  it('of any size give the sums by hand', async () => {
    const [a, b] = [eighths(37, 65), eighths(5, 65)];
    const sum = (row: number, column: number) =>
      Array.from({ length: 65 }, (_, index) => a.values[row * 65 + index]! * b.values[column * 65 + index]!).reduce(
        (total, product) => total + product,
      );
    const products = Float32Array.from({ length: 37 * 5 }, (_, at) => sum(Math.floor(at / 5), at % 5));
    expect(await timesTransposed(a, b)).toEqual({ values: products, rows: 37, columns: 5 });
  });

  it('have an inverse', async () => {
    const { values, rows, columns } = await inverse(matrix([4, 2], [2, 3]));
    expect([rows, columns]).toEqual([2, 2]);
    [0.375, -0.25, -0.25, 0.5].forEach((value, at) => expect(values[at]).toBeCloseTo(value, 6));
  });
});
