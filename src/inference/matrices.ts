import { InferenceSession, Tensor } from './onnx-runtime.js';
import { operatorModel, type Operator } from './operator-model.js';

export interface Matrix {
  /** Rows times columns, row after row. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

const TIMES_TRANSPOSED: Operator = { name: 'Gemm', inputs: ['a', 'b'], flag: 'transB' };
const TRANSPOSED_TIMES: Operator = { name: 'Gemm', inputs: ['a', 'b'], flag: 'transA' };
/** One of the runtime's own (https://onnxruntime.ai/docs/reference/operators/ContribOperators.html). */
const INVERSE: Operator = { name: 'Inverse', inputs: ['a'], domain: 'com.microsoft' };

/**
 * One each for as long as the thread lives: the runtime keeps some memory of every session that there was
 * (https://github.com/microsoft/onnxruntime/issues/25325).
 */
const sessions = new Map<Operator, Promise<InferenceSession>>();

/** A times the transpose of B. @param b with as many columns as `a` */
export function timesTransposed(a: Matrix, b: Matrix): Promise<Matrix> {
  return compute(TIMES_TRANSPOSED, a, b);
}

/** The transpose of A times B. @param b with as many rows as `a` */
export function transposedTimes(a: Matrix, b: Matrix): Promise<Matrix> {
  return compute(TRANSPOSED_TIMES, a, b);
}

/** @param a with as many columns as rows, and not singular */
export function inverse(a: Matrix): Promise<Matrix> {
  return compute(INVERSE, a);
}

/** On one core, which it blocks, at ten times the speed of JavaScript and more. */
async function compute(operator: Operator, ...matrices: readonly Matrix[]): Promise<Matrix> {
  const session = await sessionOf(operator);
  const feeds = matrices.map(({ values, rows, columns }, index) => [
    operator.inputs[index]!,
    new Tensor('float32', values, [rows, columns]),
  ]);
  const { y } = await session.run(Object.fromEntries(feeds));
  const [rows, columns] = y!.dims;
  return { values: y!.data as Float32Array, rows: rows!, columns: columns! };
}

function sessionOf(operator: Operator): Promise<InferenceSession> {
  const known = sessions.get(operator);
  if (known) return known;
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const session = InferenceSession.create(operatorModel(operator), options);
  sessions.set(operator, session);
  return session;
}
