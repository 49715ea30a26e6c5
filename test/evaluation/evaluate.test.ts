import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { evaluate } from '#dist/evaluation/evaluate.js';
import { readEvaluationSet } from '#dist/evaluation/evaluation-set.js';
import { rankOf, sharesWithin } from '#dist/evaluation/scores.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { builtInModel } from '../support/encoder.js';

const folder = mkdtempSync(join(tmpdir(), 'afterimage-eval-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  for (const name of ['captions.jsonl', 'labels.jsonl']) rmSync(join(folder, name), { force: true });
});

const lines = (name: string, rows: readonly object[]) =>
  writeFileSync(join(folder, name), rows.map((row) => JSON.stringify(row)).join('\n') + '\n');

it('the shares are of ranks, and what scores the same as the right one counts before it', () => {
  expect(sharesWithin([0, 0, 1, 4, 9, 10], [1, 5, 10])).toEqual({ 1: 2 / 6, 5: 4 / 6, 10: 5 / 6 });
  expect(rankOf([0.1, 0.9, 0.5], (index) => index === 2)).toBe(1);
  expect(rankOf([0.5, 0.5, 0.5], (index) => index === 0)).toBe(2);
  expect(rankOf([0.1, 0.9, 0.5], (index) => index !== 0)).toBe(0);
});

it('a model is measured on captions and on each set of labels', async () => {
  const pictures = { cat: 'cat-face.jpg', coffee: 'cup-of-coffee.jpg', boats: 'boats-at-sunset.jpg' };
  for (const file of Object.values(pictures)) cpSync(join('samples', file), join(folder, file));
  lines('captions.jsonl', [
    { file: pictures.cat, captions: ['the face of a cat', 'a cat'] },
    // Wrong on purpose: it is found where it does not belong.
    { file: pictures.coffee, captions: ['a cat'] },
    { file: pictures.boats, captions: ['boats at sunset'] },
  ]);
  lines('labels.jsonl', [
    { file: pictures.cat, labels: ['cat'], set: 'things' },
    { file: pictures.coffee, labels: ['cup of coffee'], set: 'things' },
    { file: pictures.boats, labels: ['galaxy'], set: 'wrong' },
    { file: pictures.cat, labels: ['cat'], set: 'wrong' },
  ]);
  const encoder = new InferencePool(await builtInModel(), { workerCount: 1 });
  onTestFinished(() => encoder.close());
  const seen: number[] = [];
  const result = await evaluate(await readEvaluationSet(folder), encoder, {
    maxPixels: 10_000_000,
    concurrency: 2,
    onPicture: (count, total) => seen.push(count / total),
  });
  expect(result.captions).toEqual({ pictures: 3, captions: 4, recall: { 1: 0.75, 5: 1, 10: 1 } });
  expect(result.labels).toEqual([
    { set: 'things', pictures: 2, labels: 2, accuracy: { 1: 1, 5: 1 } },
    { set: 'wrong', pictures: 2, labels: 2, accuracy: { 1: expect.any(Number) as number, 5: 1 } },
  ]);
  expect(seen.at(-1)).toBe(1);

  for (const file of ['missing.jpg', '../outside.jpg']) {
    lines('labels.jsonl', [{ file, labels: ['cat'] }]);
    rmSync(join(folder, 'captions.jsonl'), { force: true });
    const set = await readEvaluationSet(folder);
    await expect(evaluate(set, encoder, { maxPixels: 1e7, concurrency: 1 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  }
});

it('a folder without descriptions, and a line that is none, are refused', async () => {
  const invalid = (message: RegExp) => ({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(message) as string,
  });
  await expect(readEvaluationSet(folder)).rejects.toMatchObject(
    invalid(/^expected a captions\.jsonl or a labels\.jsonl/),
  );
  writeFileSync(join(folder, 'labels.jsonl'), '{"file": "a.jpg", "labels": ["a"]}\n\n{"file": "b.jpg"}\n');
  await expect(readEvaluationSet(folder)).rejects.toMatchObject(invalid(/labels\.jsonl:3, received labels: /));
});
