import { describe, expect, it } from 'vitest';
import { TrainingQueue } from '#dist/labelling/learning/training-queue.js';

/** A training that ends when it is told to. */
function training() {
  let [begin, end, fail]: [() => void, (head: string) => void, (reason: Error) => void] = [noop, noop, noop];
  const began = new Promise<void>((resolve) => (begin = resolve));
  const head = new Promise<string>((resolve, reject) => ([end, fail] = [resolve, reject]));
  const train = (signal: AbortSignal) => {
    begin();
    signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true });
    return head;
  };
  return { train, began, end, fail };
}

function noop(): void {}

describe('trainings of label sets', () => {
  it('are one at a time, in their order, and go on after one that failed', async () => {
    const queue = new TrainingQueue<string>();
    const [first, second, third] = [training(), training(), training()];
    const all = [first, second, third].map(({ train }, index) => queue.run(`set ${index}`, train));
    const began: number[] = [];
    for (const [index, each] of [first, second, third].entries()) void each.began.then(() => began.push(index));
    await first.began;
    expect(began).toEqual([0]);
    first.fail(new Error('no database'));
    await expect(all[0]).rejects.toThrow('no database');
    await second.began;
    expect(began).toEqual([0, 1]);
    second.end('two');
    await third.began;
    third.end('three');
    expect(await Promise.all(all.slice(1))).toEqual(['two', 'three']);
  });

  it('are shared by who asks for the same set, waiting or under way, and not when one has ended', async () => {
    const queue = new TrainingQueue<string>();
    const [first, second] = [training(), training()];
    const never = () => Promise.reject(new Error('asked twice'));
    const one = [queue.run('one', first.train), queue.run('one', never)];
    const two = [queue.run('two', second.train), queue.run('two', never)];
    first.end('1');
    second.end('2');
    expect(await Promise.all([...one, ...two])).toEqual(['1', '1', '2', '2']);
    expect(await queue.run('one', () => Promise.resolve('3'))).toBe('3');
  });

  it('wait for their turn, 20 at most', async () => {
    const queue = new TrainingQueue<string>();
    const first = training();
    const taken = [queue.run('under way', first.train)];
    for (let index = 0; index < 20; index++) taken.push(queue.run(`${index}`, () => Promise.resolve('done')));
    await expect(queue.run('one more', first.train)).rejects.toMatchObject({ code: 'BACKLOG_FULL' });
    first.end('done');
    expect(new Set(await Promise.all(taken))).toEqual(new Set(['done']));
    expect(await queue.run('one more', () => Promise.resolve('done'))).toBe('done');
  });

  it('end with the process: the one under way, those that wait, and those that come', async () => {
    const queue = new TrainingQueue<string>();
    const [first, second] = [training(), training()];
    const all = [queue.run('one', first.train), queue.run('two', second.train)];
    const endings = Promise.allSettled(all);
    await first.began;
    queue.stop();
    const refused = { status: 'rejected', reason: { code: 'SHUTTING_DOWN' } };
    expect(await endings).toMatchObject([refused, refused]);
    await expect(queue.run('three', second.train)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await queue.close();
  });
});
