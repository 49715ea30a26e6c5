import { expect, it } from 'vitest';
import type { ServedModel } from '#dist/assets/served-models.js';
import { LabelScorers } from '#dist/labelling/label-scorers.js';
import { builtInModel } from '../support/encoder.js';

it('a model is asked once for all the prompts that one request may have', async () => {
  const { manifest } = await builtInModel();
  let asked = 0;
  const encodeTexts = async (texts: readonly string[]) => {
    asked += texts.length;
    return texts.map(() => new Float32Array(manifest.dimension).fill(1));
  };
  const encoder = { manifest, encodeTexts };
  const model = { encoder: async () => encoder } as unknown as ServedModel;
  const scorers = new LabelScorers();
  const labels = Array.from({ length: 1_000 }, (_, label) => ({
    name: `label ${label}`,
    negativePrompts: Array.from({ length: 49 }, (__, index) => `label ${label}, but ${index}`),
  }));
  const score = () => scorers.of(model, { labels, templates: ['{}'], isMultiLabel: true });
  await score();
  expect(asked).toBeGreaterThan(50_000);
  const before = asked;
  await score();
  expect(asked).toBe(before);
});
