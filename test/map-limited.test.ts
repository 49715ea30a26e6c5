import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mapLimited } from '#dist/map-limited.js';

test('results are in the order of the items', async () => {
  const slower = async (item: number) => (await sleep(30 - item), item * 2);
  expect(await mapLimited(2, [1, 20, 3], slower)).toEqual([2, 40, 6]);
});

test('after a failure nothing more is begun, what runs is waited for, and the first error is thrown', async () => {
  const events: string[] = [];
  const work = async (item: number) => {
    events.push(`begin ${item}`);
    await sleep(item * 20);
    events.push(`end ${item}`);
    throw new Error(`of ${item}`);
  };
  await expect(mapLimited(2, [1, 3, 4, 5], work)).rejects.toThrow('of 1');
  expect(events).toEqual(['begin 1', 'begin 3', 'end 1', 'end 3']);
});
