import { dotProduct } from '../../inference/vectors.js';

export interface Objective {
  readonly value: number;
  readonly gradient: Float64Array;
}

const HISTORY = 8;
const MAX_STEPS = 40;
const MAX_HALVINGS = 20;
/** A step has to gain this much of what the slope promises (Armijo). */
const SUFFICIENT_DECREASE = 1e-4;
const RELATIVE_TOLERANCE = 3e-4;

/**
 * Minimises a smooth function with limited-memory BFGS (Nocedal and Wright 2006, "Numerical optimization", algorithm 7.4)
 * and a backtracking line search.
 * @returns where it stopped: 40 steps at most, or when a step gained no more than 0.03 % of the value
 */
export function minimise(evaluate: (point: Float64Array) => Objective, start: Float64Array): Float64Array {
  let point = start;
  let { value, gradient } = evaluate(point);
  const pairs: Pair[] = [];
  for (let step = 0; step < MAX_STEPS; step++) {
    const norm = Math.sqrt(dotProduct(gradient, gradient));
    if (norm < Number.EPSILON) break;
    const direction = descent(gradient, pairs, 1 / Math.max(1, norm));
    const next = search(evaluate, point, value, direction, dotProduct(gradient, direction));
    if (!next) break;
    const move = difference(next.point, point);
    const bend = difference(next.gradient, gradient);
    const curvature = dotProduct(move, bend);
    if (curvature > Number.EPSILON) pairs.push({ move, bend, curvature });
    if (pairs.length > HISTORY) pairs.shift();
    const gain = value - next.value;
    ({ point, value, gradient } = next);
    if (gain <= RELATIVE_TOLERANCE * Math.abs(value)) break;
  }
  return point;
}

interface Pair {
  readonly move: Float64Array;
  readonly bend: Float64Array;
  readonly curvature: number;
}

function descent(gradient: Float64Array, pairs: readonly Pair[], firstScale: number): Float64Array {
  const direction = gradient.map((value) => -value);
  const factors = new Float64Array(pairs.length);
  for (let index = pairs.length - 1; index >= 0; index--) {
    const { move, bend, curvature } = pairs[index]!;
    factors[index] = dotProduct(move, direction) / curvature;
    addScaled(direction, bend, -factors[index]!);
  }
  const last = pairs.at(-1);
  const scale = last ? last.curvature / dotProduct(last.bend, last.bend) : firstScale;
  for (let index = 0; index < direction.length; index++) direction[index]! *= scale;
  pairs.forEach(({ move, bend, curvature }, index) =>
    addScaled(direction, move, factors[index]! - dotProduct(bend, direction) / curvature),
  );
  return direction;
}

function search(
  evaluate: (point: Float64Array) => Objective,
  from: Float64Array,
  value: number,
  direction: Float64Array,
  slope: number,
): (Objective & { point: Float64Array }) | undefined {
  let length = 1;
  for (let halving = 0; halving < MAX_HALVINGS; halving++, length /= 2) {
    const point = Float64Array.from(from);
    addScaled(point, direction, length);
    const objective = evaluate(point);
    if (objective.value <= value + SUFFICIENT_DECREASE * length * slope) return { ...objective, point };
  }
  return undefined;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => value - b[index]!);
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let index = 0; index < target.length; index++) target[index]! += scale * source[index]!;
}
