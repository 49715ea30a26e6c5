import { setImmediate } from 'node:timers/promises';

/** The time after which others get their turn on this thread. */
const SLICE_MS = 5;

export type TimeSlices = () => Promise<void> | undefined;

/** @returns what long computations await now and then: it lets others have the thread where they have waited enough */
export function timeSlices(): TimeSlices {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return setImmediate().then(() => void (since = performance.now()));
  };
}
