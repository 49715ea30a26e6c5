import { setFlagsFromString } from 'node:v8';

// How much may come to the heap, in percent of what is alive, before V8 looks through it. By itself it takes less and less
// the longer its collector has to wait for a processor, and so collects most where all of them are busy. What was
// measured: docs/decisions/007-memory-of-a-process.md.
setFlagsFromString('--heap-growing-percent=50');
