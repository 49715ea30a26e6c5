import { parentPort, workerData } from 'node:worker_threads';
import { trainHead } from './cross-validate.js';
import type { Learned, LearningTask } from './learning-thread.js';
import { metricsOf } from './measure-head.js';

// Of this thread only. It comes between two computations, or when all is done.
parentPort!.once('message', () => process.exit());

const { corrections, isExclusive } = workerData as LearningTask;
const training = await trainHead(corrections, isExclusive);
const { head, taught, isBetter } = training;
const metrics = metricsOf(training, corrections, isExclusive);
parentPort!.postMessage({ head, pictures: taught.length, isBetter, metrics } satisfies Learned);
