/** Rows of each side that are multiplied at once: what is read of either serves all of the other. */
export const BLOCK = 4;
export const PAIR = 2;

/** The rows of a matrix, of which four at a time are multiplied. Most of the time of a training goes by here. */
export class MatrixRows {
  private constructor(
    /** Row after row, and zeros at the end: a row number `count` stands for no row. */
    private readonly values: Float64Array,
    readonly length: number,
    readonly count: number,
  ) {}

  /** @param rows of the same length, less `centre` */
  static from(rows: readonly Float32Array[], centre: Float64Array): MatrixRows {
    const { length } = centre;
    const values = new Float64Array((rows.length + 1) * length);
    rows.forEach((row, place) => {
      for (let index = 0; index < length; index++) values[place * length + index] = row[index]! - centre[index]!;
    });
    return new MatrixRows(values, length, rows.length);
  }

  /**
   * The products of four rows with those of another matrix.
   * @param places of the four
   * @param others an even number of rows, one after the other
   * @param products is written: four for each of the others
   */
  multiply(places: Uint32Array, others: Float64Array, products: Float64Array): void {
    const { values, length } = this;
    const [one, two, three, four] = this.#starts(places);
    for (let at = 0, to = 0; at < others.length; at += PAIR * length, to += PAIR * BLOCK) {
      let [a, b, c, d] = [0, 0, 0, 0];
      let [e, f, g, h] = [0, 0, 0, 0];
      for (let index = 0; index < length; index++) {
        const first = others[at + index]!;
        const second = others[at + length + index]!;
        const w = values[one + index]!;
        const x = values[two + index]!;
        const y = values[three + index]!;
        const z = values[four + index]!;
        a += first * w;
        b += first * x;
        c += first * y;
        d += first * z;
        e += second * w;
        f += second * x;
        g += second * y;
        h += second * z;
      }
      products[to] = a;
      products[to + 1] = b;
      products[to + 2] = c;
      products[to + 3] = d;
      products[to + 4] = e;
      products[to + 5] = f;
      products[to + 6] = g;
      products[to + 7] = h;
    }
  }

  /** Adds to each of the others the four rows, each times its factor. @param factors as `multiply` writes products */
  addTo(others: Float64Array, places: Uint32Array, factors: Float64Array): void {
    const { values, length } = this;
    const [one, two, three, four] = this.#starts(places);
    for (let at = 0, from = 0; at < others.length; at += PAIR * length, from += PAIR * BLOCK) {
      const [a, b, c, d] = [factors[from]!, factors[from + 1]!, factors[from + 2]!, factors[from + 3]!];
      const [e, f, g, h] = [factors[from + 4]!, factors[from + 5]!, factors[from + 6]!, factors[from + 7]!];
      for (let index = 0; index < length; index++) {
        const w = values[one + index]!;
        const x = values[two + index]!;
        const y = values[three + index]!;
        const z = values[four + index]!;
        others[at + index]! += a * w + b * x + c * y + d * z;
        others[at + length + index]! += e * w + f * x + g * y + h * z;
      }
    }
  }

  /** The products of its columns with one another: length times length, of which the lower half is written. */
  gram(): Float64Array {
    const { values, length } = this;
    const gram = new Float64Array(length * length);
    for (let row = 0; row < this.count; row += BLOCK) {
      const [one, two, three, four] = this.#starts(this.#block(row));
      for (let column = 0; column < length; column++) {
        const a = values[one + column]!;
        const b = values[two + column]!;
        const c = values[three + column]!;
        const d = values[four + column]!;
        const at = column * length;
        for (let index = 0; index <= column; index++)
          gram[at + index]! +=
            a * values[one + index]! +
            b * values[two + index]! +
            c * values[three + index]! +
            d * values[four + index]!;
      }
    }
    return gram;
  }

  /** Rows that are solutions of the triangular system `factor`, each with a row of these as the right side. */
  solvedBy(factor: Float64Array): MatrixRows {
    const { length } = this;
    const values = this.values.slice();
    for (let row = 0; row < this.count; row += BLOCK) {
      const [one, two, three, four] = this.#starts(this.#block(row));
      for (let place = 0; place < length; place++) {
        const at = place * length;
        let [a, b, c, d] = [values[one + place]!, values[two + place]!, values[three + place]!, values[four + place]!];
        for (let index = 0; index < place; index++) {
          const value = factor[at + index]!;
          a -= value * values[one + index]!;
          b -= value * values[two + index]!;
          c -= value * values[three + index]!;
          d -= value * values[four + index]!;
        }
        const pivot = factor[at + place]!;
        values[one + place] = a / pivot;
        values[two + place] = b / pivot;
        values[three + place] = c / pivot;
        values[four + place] = d / pivot;
      }
    }
    return new MatrixRows(values, length, this.count);
  }

  #block(first: number): Uint32Array {
    return Uint32Array.from({ length: BLOCK }, (_, more) => Math.min(first + more, this.count));
  }

  #starts(places: Uint32Array): [number, number, number, number] {
    const { length } = this;
    return [places[0]! * length, places[1]! * length, places[2]! * length, places[3]! * length];
  }
}
