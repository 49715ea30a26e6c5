import { readFileSync } from 'node:fs';

interface Kernel {
  readonly memory: WebAssembly.Memory;
  /** See dot-products.wat. */
  dotProducts(query: number, stride: number, rows: number, end: number, products: number): void;
}

const KERNEL = new WebAssembly.Module(readFileSync(new URL('dot-products.wasm', import.meta.url)));
const NUMBER_BYTES = Float32Array.BYTES_PER_ELEMENT;
/** What the kernel goes through at a time. */
const STEP_NUMBERS = 8;
const PAGE_BYTES = 64 << 10;
/** So much is added at a time. */
const GROWTH_BYTES = 1 << 20;

/** Vectors of one length by their row, packed in memory that is no part of V8's heap. */
export class VectorRows {
  readonly #kernel = new WebAssembly.Instance(KERNEL).exports as unknown as Kernel;
  /** Of a row, in numbers; what it is longer than its vector is zero. */
  readonly #stride: number;
  readonly #rowsStart: number;
  #numbers = new Float32Array(this.#kernel.memory.buffer);

  constructor(
    private readonly dimension: number,
    maxRows: number,
  ) {
    this.#stride = roundedUp(dimension, STEP_NUMBERS);
    // One vector to multiply the others with, then what comes out, then the others.
    this.#rowsStart = this.#stride + roundedUp(maxRows, STEP_NUMBERS);
  }

  set(row: number, vector: Float32Array): void {
    const start = this.#startOf(row);
    this.#reserve(start + this.#stride);
    this.#numbers.set(vector, start);
  }

  at(row: number): Float32Array {
    const start = this.#startOf(row);
    return this.#numbers.slice(start, start + this.dimension);
  }

  /** Of a vector with the first `count` rows, in single precision. @returns a view, until the next call of anything */
  dotProducts(vector: Float32Array, count: number): Float32Array {
    const [products, rows, end] = [this.#stride, this.#rowsStart, this.#startOf(count)];
    this.#reserve(end);
    this.#numbers.set(vector);
    const [stride, ...addresses] = [this.#stride, rows, end, products].map((place) => place * NUMBER_BYTES);
    this.#kernel.dotProducts(0, stride!, addresses[0]!, addresses[1]!, addresses[2]!);
    return this.#numbers.subarray(products, products + count);
  }

  #startOf(row: number): number {
    return this.#rowsStart + row * this.#stride;
  }

  #reserve(numbers: number): void {
    const { memory } = this.#kernel;
    const missing = numbers * NUMBER_BYTES - memory.buffer.byteLength;
    if (missing <= 0) return;
    memory.grow(roundedUp(missing, GROWTH_BYTES) / PAGE_BYTES);
    this.#numbers = new Float32Array(memory.buffer);
  }
}

function roundedUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
