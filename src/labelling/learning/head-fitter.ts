import { lossOf } from './decision-loss.js';
import type { Correction } from './fit-head.js';
import type { LabelHead } from './label-head.js';
import { minimise, type Evaluation } from './lbfgs.js';
import { inverse, timesTransposed, transposedTimes, type Matrix } from '../../inference/matrices.js';
import { dotProduct } from '../../inference/vectors.js';

/** How strongly the bias and the logarithm of the prior's scale are held: at 0. */
const BIAS_PENALTY = 1;
const SCALE_PENALTY = 10;
/** How much the loss of a picture bends by the logit of a label, about: p (1 - p) of its probability. */
const BEND = 0.1;

/** A head, and what to start from at another penalty. */
export interface Fit {
  readonly head: LabelHead;
  /** A row a label, of the weights of the centred embedding and the bias; then the logarithm of the prior's scale. */
  readonly point: Float64Array;
}

/**
 * Fits heads to the same corrections, or to some of them: logistic regression, softmax in an exclusive set, that starts
 * from the prior and is held to it. It minimises the log-loss of the decisions plus `penalty / 2` times the squared
 * weights. The embeddings are centred first, since all pictures of a model have a large part in common that says nothing
 * of a label.
 */
export class HeadFitter {
  readonly #labelCount: number;
  readonly #centre: Float64Array;
  /** A row a correction: the centred embedding, and 1 for the bias. */
  readonly #features: Matrix;
  /** Where the logarithm of the prior's scale is in a point, and how much the loss bends by it, about. */
  readonly #scaleAt: number;
  readonly #scaleBend: number;
  /** By penalty: the inverse of how much the loss bends by the weights and the bias of a label, about. */
  readonly #inverseBends = new Map<number, Matrix>();

  /** @param corrections at least one, all with as many labels */
  constructor(
    private readonly corrections: readonly Correction[],
    private readonly isExclusive: boolean,
  ) {
    this.#labelCount = corrections[0]!.decisions.length;
    this.#centre = meanOf(corrections);
    this.#features = featuresOf(corrections, this.#centre);
    this.#scaleAt = this.#labelCount * this.#features.columns;
    const priors = corrections.map(({ prior }) => prior.filter(Number.isFinite));
    this.#scaleBend = SCALE_PENALTY + BEND * priors.reduce((sum, prior) => sum + dotProduct(prior, prior), 0);
  }

  /**
   * @param penalty above 0; how strongly the weights are held to the prior
   * @param isLeftOut which corrections do not count; none by default
   * @param start a point of the same corrections at another penalty; the prior by default
   */
  async fit(
    penalty: number,
    isLeftOut: (index: number) => boolean = () => false,
    start: Float64Array = new Float64Array(this.#scaleAt + 1),
  ): Promise<Fit> {
    const { columns } = this.#features;
    const penalties = start.map((_, at) => ((at + 1) % columns === 0 ? BIAS_PENALTY : penalty));
    penalties[this.#scaleAt] = SCALE_PENALTY;
    const inverseBend = await this.#inverseBendOf(penalty, penalties);
    const point = await minimise(
      (at) => this.#evaluate(at, penalties, isLeftOut),
      (gradient) => this.#precondition(gradient, inverseBend),
      start,
    );
    return { head: this.#headAt(point), point };
  }

  async #evaluate(
    point: Float64Array,
    penalties: Float64Array,
    isLeftOut: (index: number) => boolean,
  ): Promise<Evaluation> {
    const labelCount = this.#labelCount;
    const scale = Math.exp(point[this.#scaleAt]!);
    const gradient = point.map((value, at) => penalties[at]! * value);
    let value = dotProduct(gradient, point) / 2;
    const added = await timesTransposed(this.#features, this.#rowsOf(point));
    const derivatives = new Float32Array(added.values.length);
    const logits = new Float64Array(this.corrections[0]!.prior.length);
    this.corrections.forEach(({ prior, decisions }, index) => {
      if (isLeftOut(index)) return;
      const from = index * labelCount;
      for (let label = 0; label < logits.length; label++)
        logits[label] = scale * prior[label]! + (label < labelCount ? added.values[from + label]! : 0);
      value += lossOf(logits, decisions, this.isExclusive);
      for (let label = 0; label < logits.length; label++) {
        if (label < labelCount) derivatives[from + label] = logits[label]!;
        if (logits[label] !== 0) gradient[this.#scaleAt]! += logits[label]! * scale * prior[label]!;
      }
    });
    const { values } = await transposedTimes({ ...added, values: derivatives }, this.#features);
    for (let at = 0; at < values.length; at++) gradient[at]! += values[at]!;
    return { value, gradient };
  }

  /** Divides a gradient by how much the loss bends: roughly Newton's step, which the solver makes better. */
  async #precondition(gradient: Float64Array, inverseBend: Matrix): Promise<Float64Array> {
    const { values } = await timesTransposed(this.#rowsOf(gradient), inverseBend);
    const divided = gradient.map((value) => value / this.#scaleBend);
    divided.set(values);
    return divided;
  }

  async #inverseBendOf(penalty: number, penalties: Float64Array): Promise<Matrix> {
    const known = this.#inverseBends.get(penalty);
    if (known) return known;
    const gram = await transposedTimes(this.#features, this.#features);
    const bend = gram.values.map((product) => BEND * product);
    for (let index = 0; index < gram.columns; index++) bend[index * (gram.columns + 1)]! += penalties[index]!;
    const inverseBend = await inverse({ ...gram, values: bend });
    this.#inverseBends.set(penalty, inverseBend);
    return inverseBend;
  }

  #rowsOf(point: Float64Array): Matrix {
    const values = Float32Array.from(point.subarray(0, this.#scaleAt));
    return { values, rows: this.#labelCount, columns: this.#features.columns };
  }

  #headAt(point: Float64Array): LabelHead {
    const { length } = this.#centre;
    const weights = new Float32Array(this.#labelCount * length);
    const bias = new Float32Array(this.#labelCount);
    for (let label = 0; label < bias.length; label++) {
      const row = point.subarray(label * (length + 1), (label + 1) * (length + 1));
      weights.set(row.subarray(0, length), label * length);
      bias[label] = row[length]! - dotProduct(this.#centre, row);
    }
    return { weights, bias, priorScale: Math.exp(point[this.#scaleAt]!) };
  }
}

function meanOf(corrections: readonly Correction[]): Float64Array {
  const mean = new Float64Array(corrections[0]!.embedding.length);
  for (const { embedding } of corrections)
    for (let index = 0; index < mean.length; index++) mean[index]! += embedding[index]! / corrections.length;
  return mean;
}

function featuresOf(corrections: readonly Correction[], centre: Float64Array): Matrix {
  const columns = centre.length + 1;
  const values = new Float32Array(corrections.length * columns).fill(1);
  corrections.forEach(({ embedding }, row) => {
    const centred = embedding.map((value, index) => value - centre[index]!);
    values.set(centred, row * columns);
  });
  return { values, rows: corrections.length, columns };
}
