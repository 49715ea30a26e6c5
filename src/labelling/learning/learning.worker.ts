import { parentPort, workerData } from 'node:worker_threads';
import { trainHead } from './cross-validate.js';
import type { LearningTask } from './learning-thread.js';

const { corrections, isExclusive } = workerData as LearningTask;
parentPort!.postMessage(trainHead(corrections, isExclusive));
