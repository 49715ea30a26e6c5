import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const TICK_MS = 1;
const SAMPLE_MS = 50;
const MIB = 2 ** 20;

/** Watches this process from here on. @returns the function that ends it and tells what was seen */
export function startMeter() {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  // A timer of 1 ms: how long after the one before each of its ticks came, less that millisecond. A block of the event
  // loop is one tick, however long it is.
  const delay = monitorEventLoopDelay({ resolution: TICK_MS });
  delay.enable();
  let peakBytes = process.memoryUsage.rss();
  const timer = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    delay.disable();
    const { user, system } = process.cpuUsage(cpu);
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - TICK_MS);
    return {
      seconds: (performance.now() - begin) / 1e3,
      cpuSeconds: (user + system) / 1e6,
      peakMiB: peakBytes / MIB,
      lifetimePeakMiB: highWaterMark() ?? peakBytes / MIB,
      delayMs: { p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) },
    };
  };
}

/** The most memory that was ever resident, in MiB, where Linux tells. */
function highWaterMark() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  } catch {
    return undefined;
  }
}

/** @returns the value below which that share (0 to 1) of the values lies, by the nearest rank */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export function rounded(value, digits = 1) {
  return Number(value.toFixed(digits));
}
