import { choleskyFactor, multiplyTransposed, solveTransposed } from './cholesky.js';
import { lossOf } from './decision-loss.js';
import type { Correction } from './fit-head.js';
import type { LabelHead } from './label-head.js';
import { minimise, type Objective } from './lbfgs.js';
import { BLOCK, MatrixRows, PAIR } from './matrix-rows.js';
import { dotProduct } from '../../inference/vectors.js';

/** How strongly the bias and the logarithm of the prior's scale are held: at 0. */
const BIAS_PENALTY = 1;
const SCALE_PENALTY = 10;
/** How much the loss of a picture bends by the logit of a label, about: p (1 - p) of its probability. */
const BEND = 0.1;

/** A head, and what to start from at another penalty. */
export interface Fit {
  readonly head: LabelHead;
  /** The weights of the centred embeddings, row after row; the bias; the logarithm of the prior's scale. */
  readonly point: Float64Array;
}

/**
 * Fits heads to the same corrections, or to some of them: logistic regression, softmax in an exclusive set, that starts
 * from the prior and is held to it. It minimises the log-loss of the decisions plus `penalty / 2` times the squared
 * weights. The embeddings are centred first, since all pictures of a model have a large part in common that says nothing
 * of a label.
 */
export class HeadFitter {
  readonly #centre: Float64Array;
  readonly #rows: MatrixRows;
  readonly #gram: Float64Array;
  readonly #labelCount: number;
  /** By penalty. */
  readonly #spaces = new Map<number, Space>();

  /** @param corrections at least one, all with as many labels */
  constructor(
    private readonly corrections: readonly Correction[],
    private readonly isExclusive: boolean,
  ) {
    const embeddings = corrections.map(({ embedding }) => embedding);
    this.#centre = meanOf(embeddings);
    this.#rows = MatrixRows.from(embeddings, this.#centre);
    this.#gram = this.#rows.gram();
    this.#labelCount = corrections[0]!.decisions.length;
  }

  /**
   * @param penalty above 0; how strongly the weights are held to the prior
   * @param isLeftOut which corrections do not count; none by default
   * @param start a point of the same corrections at another penalty; the prior by default
   */
  fit(penalty: number, isLeftOut: (index: number) => boolean = () => false, start?: Float64Array): Fit {
    const space = this.#spaceOf(penalty);
    const counts = this.corrections.map((_, index) => !isLeftOut(index));
    const from = start ? this.#into(space, start) : new Float64Array(this.#scaleAt + 1);
    const point = this.#outOf(
      space,
      minimise((at) => this.#evaluate(space, at, counts), from),
    );
    const { length } = this.#centre;
    const weights = point.subarray(0, this.#labelCount * length);
    const bias = Float32Array.from({ length: this.#labelCount }, (_, label) => {
      const own = weights.subarray(label * length, (label + 1) * length);
      return point[this.#biasAt + label]! - dotProduct(own, this.#centre);
    });
    return { head: { weights: Float32Array.from(weights), bias, priorScale: Math.exp(point[this.#scaleAt]!) }, point };
  }

  /** Weights are multiplied in pairs: an odd number of labels has one more, of zeros. */
  get #biasAt(): number {
    return Math.ceil(this.#labelCount / PAIR) * PAIR * this.#centre.length;
  }

  get #scaleAt(): number {
    return this.#biasAt + this.#labelCount;
  }

  /**
   * In the space of that penalty the squared length of a row of weights is `penalty` times that of the weights themselves
   * plus BEND times the squares of what they add to the logits: so the latter are taken off again.
   */
  #evaluate({ rows, biasUnit, scaleUnit }: Space, point: Float64Array, counts: readonly boolean[]): Objective {
    const labelCount = this.#labelCount;
    const [biasAt, scaleAt] = [this.#biasAt, this.#scaleAt];
    const weights = point.subarray(0, biasAt);
    const gradient = Float64Array.from(point);
    const [bias, scaleLog] = [
      point.subarray(biasAt, scaleAt).map((value) => value * biasUnit),
      point[scaleAt]! * scaleUnit,
    ];
    const scale = Math.exp(scaleLog);
    const biasGradient = bias.map((value) => BIAS_PENALTY * value);
    let scaleGradient = SCALE_PENALTY * scaleLog;
    let value =
      (dotProduct(weights, weights) + BIAS_PENALTY * dotProduct(bias, bias) + SCALE_PENALTY * scaleLog ** 2) / 2;
    const added = new Float64Array((biasAt / this.#centre.length) * BLOCK);
    const logits = new Float64Array(this.corrections[0]!.prior.length);
    const places = new Uint32Array(BLOCK);
    for (let first = 0; first < rows.count; first += BLOCK) {
      for (let row = 0; row < BLOCK; row++) places[row] = Math.min(first + row, rows.count);
      rows.multiply(places, weights, added);
      for (let row = 0; row < BLOCK && first + row < rows.count; row++) {
        const { prior, decisions } = this.corrections[first + row]!;
        logits.fill(0);
        if (counts[first + row]) {
          for (let label = 0; label < prior.length; label++)
            logits[label] = prior[label] === -Infinity ? -Infinity : scale * prior[label]!;
          for (let label = 0; label < labelCount; label++) logits[label]! += bias[label]! + added[label * BLOCK + row]!;
          value += lossOf(logits, decisions, this.isExclusive);
          for (let label = 0; label < prior.length; label++)
            if (logits[label] !== 0) scaleGradient += logits[label]! * scale * prior[label]!;
        }
        for (let label = 0; label < labelCount; label++) {
          const own = added[label * BLOCK + row]!;
          value -= (BEND / 2) * own * own;
          biasGradient[label]! += logits[label]!;
          added[label * BLOCK + row] = logits[label]! - BEND * own;
        }
      }
      rows.addTo(gradient.subarray(0, biasAt), places, added);
    }
    for (let label = 0; label < labelCount; label++) gradient[biasAt + label] = biasGradient[label]! * biasUnit;
    gradient[scaleAt] = scaleGradient * scaleUnit;
    return { value, gradient };
  }

  #spaceOf(penalty: number): Space {
    const known = this.#spaces.get(penalty);
    if (known) return known;
    const { length } = this.#centre;
    const bend = this.#gram.map((product) => BEND * product);
    for (let index = 0; index < length; index++) bend[index * length + index]! += penalty;
    const factor = choleskyFactor(bend, length);
    const space = {
      factor,
      rows: this.#rows.solvedBy(factor),
      biasUnit: 1 / Math.sqrt(BIAS_PENALTY + BEND * this.corrections.length),
      scaleUnit:
        1 / Math.sqrt(SCALE_PENALTY + BEND * this.corrections.reduce((sum, { prior }) => sum + spread(prior), 0)),
    };
    this.#spaces.set(penalty, space);
    return space;
  }

  #into({ factor, biasUnit, scaleUnit }: Space, point: Float64Array): Float64Array {
    return this.#moved(point, (weights) => multiplyTransposed(factor, weights), 1 / biasUnit, 1 / scaleUnit);
  }

  #outOf({ factor, biasUnit, scaleUnit }: Space, point: Float64Array): Float64Array {
    return this.#moved(point, (weights) => solveTransposed(factor, weights), biasUnit, scaleUnit);
  }

  #moved(point: Float64Array, move: (weights: Float64Array) => void, biasUnit: number, scaleUnit: number) {
    const { length } = this.#centre;
    const moved = Float64Array.from(point);
    for (let at = 0; at < this.#biasAt; at += length) move(moved.subarray(at, at + length));
    for (let at = this.#biasAt; at < this.#scaleAt; at++) moved[at]! *= biasUnit;
    moved[this.#scaleAt]! *= scaleUnit;
    return moved;
  }
}

/**
 * Coordinates in which the loss bends by about as much in every direction, so that the solver needs few steps: with
 * `L times its transpose = BEND * gram + penalty` weights `w` are `transposed L * w`, and embeddings `x` are `x / L`.
 */
interface Space {
  readonly factor: Float64Array;
  readonly rows: MatrixRows;
  /** What 1 of the coordinate is of the bias, and of the logarithm of the prior's scale. */
  readonly biasUnit: number;
  readonly scaleUnit: number;
}

function meanOf(embeddings: readonly Float32Array[]): Float64Array {
  const mean = new Float64Array(embeddings[0]!.length);
  for (const embedding of embeddings)
    for (let index = 0; index < mean.length; index++) mean[index]! += embedding[index]! / embeddings.length;
  return mean;
}

/** The squared distance of logits from their mean. */
function spread(logits: Float64Array): number {
  const finite = logits.filter(Number.isFinite);
  const mean = finite.reduce((sum, logit) => sum + logit, 0) / finite.length;
  return finite.reduce((sum, logit) => sum + (logit - mean) ** 2, 0);
}
