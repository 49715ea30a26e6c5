import '../../inference/no-telemetry.js';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Correction } from './fit-head.js';
import type { HeadMetrics } from './head-metrics.js';
import type { LabelHead } from './label-head.js';
import { AfterimageError } from '../../errors.js';

export interface LearningTask {
  /** At least one. */
  readonly corrections: readonly Correction[];
  readonly isExclusive: boolean;
}

/** What came of a task. */
export interface Learned {
  readonly head: LabelHead;
  /** Of the corrections those that teach anything. */
  readonly pictures: number;
  /** Whether it is better than the prior by more than chance explains. */
  readonly isBetter: boolean;
  readonly metrics: HeadMetrics;
}

/**
 * `trainHead` in a thread of its own, since it computes for seconds.
 * @param signal ends the thread, between two of its computations
 * @throws the reason of the signal; what the thread threw
 */
export async function trainInThread(task: LearningTask, signal: AbortSignal): Promise<Learned> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./learning.worker.js', import.meta.url), { workerData: task });
  // What goes wrong is told to whoever waits; without a listener it would end the process when nobody does any more.
  worker.on('error', () => undefined);
  const exited = new Promise<number>((resolve) => worker.once('exit', resolve));
  try {
    const ended = exited.then((code) => {
      throw new AfterimageError(
        'INTERNAL',
        `expected an answer of the learning thread, received its end, code ${code}`,
      );
    });
    const [learned] = (await Promise.race([once(worker, 'message', { signal }), ended])) as [Learned];
    return learned;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    // It ends by itself: a thread that is ended while ONNX Runtime computes in it takes the process with it.
    worker.postMessage('end');
    await exited;
  }
}
