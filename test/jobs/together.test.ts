import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AfterimageError } from '#dist/errors.js';
import { Together } from '#dist/jobs/together.js';

const A_LONG_TIME_MS = 600_000;

function gate() {
  let open = () => undefined as void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

test('what comes while a group is done is the next one, of so many at most', async () => {
  const groups: number[][] = [];
  const first = gate();
  const together = new Together<number, number>(
    async (items) => {
      groups.push([...items]);
      if (groups.length === 1) await first.opened;
      return items.map((item) => -item);
    },
    { most: 3 },
  );
  const one = together.do(1);
  await expect.poll(() => groups).toEqual([[1]]);
  const others = [2, 3, 4, 5].map((item) => together.do(item));
  first.open();
  expect(await Promise.all([one, ...others])).toEqual([-1, -2, -3, -4, -5]);
  expect(groups).toEqual([[1], [2, 3, 4], [5]]);
});

test('of a group that fails each is done again by itself, one after the other', async () => {
  const groups: number[][] = [];
  let working = 0;
  const together = new Together<number, string>(
    async (items) => {
      groups.push([...items]);
      expect(++working).toBe(1);
      await setImmediate();
      working--;
      const bad = items.find((item) => item < 0);
      if (bad !== undefined) throw new Error(`expected a number >= 0, received ${bad}`);
      return items.map(String);
    },
    { most: 10 },
  );
  const ended = await Promise.allSettled([1, -2, 3, -4].map((item) => together.do(item)));
  expect(ended.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as Error).message))).toEqual([
    '1',
    'expected a number >= 0, received -2',
    '3',
    'expected a number >= 0, received -4',
  ]);
  expect(groups).toEqual([[1, -2, 3, -4], [1], [-2], [3], [-4]]);
});

test.each([
  [
    'the vector store',
    new AfterimageError('VECTOR_STORE_FAILED', 'away', {
      cause: Object.assign(new Error('away'), { code: 'ENOTFOUND' }),
    }),
  ],
  ['the database', Object.assign(new Error('away'), { code: 'ECONNREFUSED' })],
])('of a group that fails because %s is away none is done again', async (_, error) => {
  const groups: number[][] = [];
  const together = new Together<number, void>(
    async (items) => {
      groups.push([...items]);
      throw error;
    },
    { most: 10 },
  );
  const ended = await Promise.allSettled([1, 2, 3].map((item) => together.do(item)));
  expect(ended).toEqual(Array(3).fill({ status: 'rejected', reason: error }));
  expect(groups).toEqual([[1, 2, 3]]);
});

test('one that is there waits for those on their way, whether they come or not, and nobody for none', async () => {
  const groups: string[][] = [];
  const together = new Together<string, void>(
    async (items) => {
      groups.push([...items]);
      return [];
    },
    { most: 10, patienceMs: A_LONG_TIME_MS },
  );
  await (
    await together.prepare(async () => 'alone')
  ).done;
  const [slow, bad] = [gate(), gate()];
  const quick = await together.prepare(async () => 'quick');
  expect(groups).toEqual([['alone']]);
  await quick.done;
  const preparing = together.prepare(() => slow.opened.then(() => 'slow'));
  const failing = together.prepare(() => bad.opened.then(() => Promise.reject(new Error('bad'))));
  const early = await together.prepare(async () => 'early');
  slow.open();
  const late = await preparing;
  expect(groups).toEqual([['alone'], ['quick']]);
  bad.open();
  await expect(failing).rejects.toThrow('bad');
  await Promise.all([early.done, late.done]);
  expect(groups).toEqual([['alone'], ['quick'], ['early', 'slow']]);
});

test('as many as are done at a time wait for no more, nor does one that has waited enough', async () => {
  const groups: number[][] = [];
  const act = async (items: readonly number[]) => {
    groups.push([...items]);
    return [];
  };
  const never = () => new Promise<number>(() => undefined);
  const full = new Together<number, void>(act, { most: 2, patienceMs: A_LONG_TIME_MS });
  void full.prepare(never);
  await Promise.all([full.do(1), full.do(2)]);
  const hasty = new Together<number, void>(act, { most: 2, patienceMs: 1 });
  void hasty.prepare(never);
  await hasty.do(3);
  expect(groups).toEqual([[1, 2], [3]]);
});
