import { dotProduct } from '../../inference/vectors.js';

export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

const HISTORY = 8;
const MAX_STEPS = 40;
const MAX_HALVINGS = 20;
/** A step has to gain this much of what the slope promises (Armijo). */
const SUFFICIENT_DECREASE = 1e-4;
const RELATIVE_TOLERANCE = 2e-4;

/**
 * Minimises a smooth function with limited-memory BFGS (Nocedal and Wright 2006, "Numerical optimization", algorithm 7.4)
 * and a backtracking line search.
 * @param precondition multiplies by a positive definite matrix, the same each time; the nearer it is to the inverse of the
 *   Hessian, the fewer the steps
 * @returns where it stopped: after 40 steps at most, or where a step promises to gain no more than 0.02 % of the value
 */
export async function minimise(
  evaluate: (point: Float64Array) => Promise<Evaluation>,
  precondition: (gradient: Float64Array) => Promise<Float64Array>,
  start: Float64Array,
): Promise<Float64Array> {
  let point = start;
  let { value, gradient } = await evaluate(point);
  const pairs: Pair[] = [];
  for (let step = 0; step < MAX_STEPS; step++) {
    const direction = await descent(gradient, pairs, precondition);
    const slope = dotProduct(gradient, direction);
    // The gain that the slope promises: what a step gained says less, since a poor one may come before better ones.
    if (-slope / 2 <= RELATIVE_TOLERANCE * Math.abs(value)) break;
    const next = await search(evaluate, point, value, direction, slope);
    if (!next) break;
    const move = difference(next.point, point);
    const bend = difference(next.gradient, gradient);
    const curvature = dotProduct(move, bend);
    if (curvature > Number.EPSILON) pairs.push({ move, bend, curvature });
    if (pairs.length > HISTORY) pairs.shift();
    ({ point, value, gradient } = next);
  }
  return point;
}

interface Pair {
  readonly move: Float64Array;
  readonly bend: Float64Array;
  readonly curvature: number;
}

async function descent(
  gradient: Float64Array,
  pairs: readonly Pair[],
  precondition: (gradient: Float64Array) => Promise<Float64Array>,
): Promise<Float64Array> {
  const rest = gradient.map((value) => -value);
  const factors = new Float64Array(pairs.length);
  for (let index = pairs.length - 1; index >= 0; index--) {
    const { move, bend, curvature } = pairs[index]!;
    factors[index] = dotProduct(move, rest) / curvature;
    addScaled(rest, bend, -factors[index]!);
  }
  const last = pairs.at(-1);
  const scale = last ? last.curvature / dotProduct(last.bend, await precondition(last.bend)) : 1;
  const direction = await precondition(rest);
  for (let index = 0; index < direction.length; index++) direction[index]! *= scale;
  pairs.forEach(({ move, bend, curvature }, index) =>
    addScaled(direction, move, factors[index]! - dotProduct(bend, direction) / curvature),
  );
  return direction;
}

async function search(
  evaluate: (point: Float64Array) => Promise<Evaluation>,
  from: Float64Array,
  value: number,
  direction: Float64Array,
  slope: number,
): Promise<(Evaluation & { point: Float64Array }) | undefined> {
  let length = 1;
  for (let halving = 0; halving < MAX_HALVINGS; halving++, length /= 2) {
    const point = Float64Array.from(from);
    addScaled(point, direction, length);
    const evaluation = await evaluate(point);
    if (evaluation.value <= value + SUFFICIENT_DECREASE * length * slope) return { ...evaluation, point };
  }
  return undefined;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => value - b[index]!);
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let index = 0; index < target.length; index++) target[index]! += scale * source[index]!;
}
