import { env, InferenceSession, Tensor } from './onnx-runtime.js';
import { AfterimageError, expected } from '../errors.js';
import type { ExecutionProvider } from './execution-provider.js';
import { unusableFile } from './unusable-file.js';

const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  // The workers are the parallelism: one core each.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // The arena stays: without it malloc's own fragments grew past 500 MB now and then.
  // Without VNNI instructions, sums of products of unsigned with signed bytes overflow 16 bits: embeddings came out at a
  // cosine of 0.916 to the right ones. This multiplies unsigned bytes there, at 1.3 times the time; elsewhere it is nothing.
  extra: { session: { x64quantprecision: '1' } },
};
// What goes wrong is thrown; the runtime would print it as well.
env.logLevel = 'fatal';
const RUN_OPTIONS: InferenceSession.RunOptions = { logSeverityLevel: 4 };

export type Feeds = Record<string, Tensor>;

/** One ONNX file, loaded. It blocks its thread while it computes. */
export class OnnxSession {
  private constructor(
    readonly path: string,
    readonly provider: ExecutionProvider,
    private readonly session: InferenceSession,
  ) {}

  /**
   * @param plansMemory whether a plan of the memory is kept for every shape of the inputs. For texts it saves 3 % of the
   *   time; for pictures it is no faster, and two workers held 35 MB more
   * @throws MODEL_NOT_FOUND when there is no such file, MODEL_INVALID when it is no ONNX model, or the provider is not there
   */
  static async open(path: string, provider: ExecutionProvider, plansMemory: boolean): Promise<OnnxSession> {
    // Alone, so that one that is not there is an error; what it cannot compute, the runtime leaves to the cpu anyway.
    const options = { ...SESSION_OPTIONS, enableMemPattern: plansMemory, executionProviders: [provider] };
    const session = await InferenceSession.create(path, options).catch(async (cause: unknown) => {
      throw await unusableFile(path, 'an ONNX model', cause);
    });
    return new OnnxSession(path, provider, session);
  }

  /** @throws MODEL_INVALID unless the file has these tensors and asks for no other input */
  requireTensors(inputs: readonly string[], output: string): void {
    const { inputNames, outputNames } = this.session;
    for (const [name, names] of [
      ...inputs.map((input) => [input, inputNames] as const),
      [output, outputNames] as const,
    ])
      if (!names.includes(name)) this.refuse(`one of ${names.join(', ')}`, 'a tensor', name);
    const other = inputNames.find((name) => !inputs.includes(name));
    if (other) this.refuse(`no inputs but ${inputs.join(', ')}`, 'the inputs', other);
  }

  /** @throws MODEL_INVALID saying so, with the file's path */
  refuse(what: string, name: string, received: unknown): never {
    throw new AfterimageError('MODEL_INVALID', expected(what, `${name} of ${this.path}`, received));
  }

  /** Of an input or output: its size along an axis where the file fixes it, otherwise undefined. */
  fixedSize(name: string, axis: number): number | undefined {
    const metadata = [...this.session.inputMetadata, ...this.session.outputMetadata].find((each) => each.name === name);
    const size = metadata?.isTensor ? metadata.shape[axis] : undefined;
    return typeof size === 'number' && size > 0 ? size : undefined;
  }

  /** @throws MODEL_INVALID when the file fixes a tensor's size along an axis, and not as the manifest says */
  requireSize(name: string, axis: number, size: number, field: string): void {
    const fixed = this.fixedSize(name, axis);
    if (fixed !== undefined && fixed !== size) this.refuse(`the ${field} ${fixed}`, `${name} in the manifest`, size);
  }

  /** A tensor of token ids or masks, of the type that the file asks for. */
  integers(name: string, values: BigInt64Array, dims: readonly number[]): Tensor {
    return integerTensor(this.#typeOf(name), values, dims);
  }

  /**
   * @returns the rows of a float output of [count, dimension]
   * @throws INFERENCE_FAILED, TENSOR_INVALID when the output has another shape
   */
  async run(feeds: Feeds, output: string, count: number, dimension: number): Promise<Float32Array[]> {
    const { [output]: tensor } = await this.session.run(feeds, [output], RUN_OPTIONS).catch((cause: unknown) => {
      const dims = Object.entries(feeds).map(([name, { dims }]) => `${name} [${dims.join(', ')}]`);
      throw new AfterimageError('INFERENCE_FAILED', `expected ${output} for ${dims.join(', ')}, received an error`, {
        cause,
      });
    });
    const { type, dims, data } = tensor!;
    if (type !== 'float32' || dims.length !== 2 || dims[0] !== count || dims[1] !== dimension)
      throw new AfterimageError(
        'TENSOR_INVALID',
        `expected float32 [${count}, ${dimension}] for ${output}, received ${type} [${dims.join(', ')}]`,
      );
    const values = data as Float32Array;
    return Array.from({ length: count }, (_, row) => values.subarray(row * dimension, (row + 1) * dimension));
  }

  #typeOf(name: string): string | undefined {
    const metadata = this.session.inputMetadata.find((input) => input.name === name);
    return metadata?.isTensor ? metadata.type : undefined;
  }
}

/** @param type of the input; 64 bits unless it is int32 */
export function integerTensor(type: string | undefined, values: BigInt64Array, dims: readonly number[]): Tensor {
  if (type !== 'int32') return new Tensor('int64', values, dims);
  return new Tensor('int32', Int32Array.from(values, Number), dims);
}
