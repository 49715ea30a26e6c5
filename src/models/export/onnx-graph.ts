import { InferenceSession, type Tensor } from '../../inference/onnx-runtime.js';
import { AfterimageError, expected } from '../../errors.js';

/** An input or output of a graph. A dimension that may be of any size has a name instead of a number. */
export interface GraphTensor {
  readonly name: string;
  readonly type: Tensor.Type;
  readonly shape: readonly (number | string)[];
}

/** An ONNX file that was opened to look into it. */
export class OnnxGraph {
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly GraphTensor[];

  private constructor(
    readonly path: string,
    private readonly session: InferenceSession,
  ) {
    this.inputs = session.inputMetadata.filter((each) => each.isTensor);
    this.outputs = session.outputMetadata.filter((each) => each.isTensor);
  }

  /**
   * Its weights are freed afterwards.
   * @throws MODEL_INVALID naming the file: it is no ONNX model, cut off, or its weights are missing
   */
  static async use<T>(path: string, work: (graph: OnnxGraph) => T | Promise<T>): Promise<T> {
    // Nothing is computed but a probe: the time for optimising is worth more.
    const options: InferenceSession.SessionOptions = { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 };
    const session = await InferenceSession.create(path, options).catch((cause: unknown) => {
      const reason = (cause as Error).message.replaceAll(/\s+/g, ' ').slice(0, 200);
      throw new AfterimageError(
        'MODEL_INVALID',
        `expected an ONNX model in ${path}, received something else (${reason})`,
        {
          cause,
        },
      );
    });
    try {
      return await work(new OnnxGraph(path, session));
    } finally {
      await session.release();
    }
  }

  input(name: string): GraphTensor | undefined {
    return this.inputs.find((each) => each.name === name);
  }

  /** Whether it answers 32-bit numbers of that name. */
  hasOutput(name: string): boolean {
    return this.outputs.some((each) => each.name === name && each.type === 'float32');
  }

  /** @throws MODEL_INVALID naming the file when it cannot compute that */
  async run(feeds: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Record<string, Tensor>> {
    return this.session.run(feeds, [...outputs]).catch((cause: unknown) => {
      const inputs = Object.entries(feeds).map(([name, { dims }]) => `${name} [${dims.join(', ')}]`);
      const message = expected(`${outputs.join(', ')} for ${inputs.join(', ')}`, this.path, 'an error');
      throw new AfterimageError('MODEL_INVALID', message, { cause });
    });
  }
}
