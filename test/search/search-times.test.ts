import { expect, test } from 'vitest';
import { SearchTimes } from '#dist/search/search-times.js';

test('a step takes as long as it holds the thread, and as it is waited for', async () => {
  const times = new SearchTimes();
  const WORK_MS = 5;
  await times.measure('vectorSearchMs', () => {
    const end = performance.now() + WORK_MS;
    while (performance.now() < end);
    return Promise.resolve();
  });
  expect(times.read().vectorSearchMs).toBeGreaterThanOrEqual(WORK_MS);

  let finish!: () => void;
  const waiting = times.measure('rowsMs', () => new Promise<void>((resolve) => (finish = resolve)));
  const end = performance.now() + WORK_MS;
  while (performance.now() < end);
  expect(times.read().rowsMs).toBeNull();
  finish();
  await waiting;
  expect(times.read().rowsMs).toBeGreaterThanOrEqual(WORK_MS);
});
