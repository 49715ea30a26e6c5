import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Training } from './cross-validate.js';
import type { Correction } from './fit-head.js';

export interface LearningTask {
  readonly corrections: readonly Correction[];
  readonly isExclusive: boolean;
}

/** `trainHead` in a thread of its own, since it computes for seconds. */
export async function trainInThread(task: LearningTask): Promise<Training> {
  const worker = new Worker(new URL('./learning.worker.js', import.meta.url), { workerData: task });
  try {
    const [training] = (await once(worker, 'message')) as [Training];
    return training;
  } finally {
    await worker.terminate();
  }
}
