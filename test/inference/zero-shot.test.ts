import { describe, expect, it } from 'vitest';
import {
  classEmbedding,
  createZeroShotClassifier,
  fillTemplates,
  needsBackground,
  sigmoid,
  softmax,
  type ZeroShotOptions,
} from '#dist/inference/zero-shot.js';
import { l2Normalise } from '#dist/inference/vectors.js';

const CLIP = { dimension: 2, logitScale: 10, logitBias: 0, activation: 'softmax' } as const;
const SIGLIP = { dimension: 2, logitScale: 10, logitBias: -5, activation: 'sigmoid' } as const;

/** The unit vector in the plane whose cosine with [1, 0] is the given one. */
const at = (cosine: number) => Float32Array.of(cosine, Math.sqrt(1 - cosine ** 2));
const picture = at(1);

const classify = (options: Omit<ZeroShotOptions, 'classEmbeddings'>, ...cosines: number[]) =>
  createZeroShotClassifier({ ...options, classEmbeddings: cosines.map(at) })(picture);
const probabilities = (...args: Parameters<typeof classify>) => classify(...args).map(({ probability }) => probability);

describe('prompts', () => {
  it('fill every place of a template, and take a label as it is', () => {
    expect(fillTemplates('cat', ['{}', 'a {} beside a {}'])).toEqual(['cat', 'a cat beside a cat']);
    expect(fillTemplates('$& {}', ['a {}'])).toEqual(['a $& {}']);
  });
});

describe('a class embedding', () => {
  it('counts every prompt alike, whatever its length, and has length 1', () => {
    const embedding = classEmbedding([Float32Array.of(100, 0), Float32Array.of(0, 0.01)]);
    expect(embedding[0]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(embedding[1]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it.each([
    ['none', []],
    ['opposite ones', [Float32Array.of(1, 0), Float32Array.of(-1, 0)]],
    ['one of length zero', [Float32Array.of(0, 0)]],
  ])('is refused of %s', (_, embeddings) => {
    expect(() => classEmbedding(embeddings)).toThrow(expect.objectContaining({ code: 'TENSOR_INVALID' }));
  });
});

describe('l2Normalise', () => {
  it('keeps the direction', () => {
    expect([...l2Normalise(Float32Array.of(3, -4))]).toEqual([Math.fround(0.6), Math.fround(-0.8)]);
  });

  it('refuses what has no direction', () => {
    for (const values of [
      [0, 0],
      [NaN, 1],
      [Infinity, 1],
    ])
      expect(() => l2Normalise(Float32Array.from(values))).toThrow('expected a finite length above zero');
  });
});

describe('softmax and sigmoid', () => {
  it('give the textbook numbers', () => {
    const [a, b, c] = softmax(Float64Array.of(1, 2, 3));
    expect([a, b, c].map((value) => value?.toFixed(6))).toEqual(['0.090031', '0.244728', '0.665241']);
    expect(sigmoid(0)).toBe(0.5);
    expect(sigmoid(2)).toBeCloseTo(0.880797, 6);
  });

  it('stay numbers for logits of any size', () => {
    expect([...softmax(Float64Array.of(1000, 1000, -1000))]).toEqual([0.5, 0.5, 0]);
    expect(sigmoid(-1000)).toBe(0);
    expect(sigmoid(1000)).toBe(1);
    expect([...softmax(new Float64Array())]).toEqual([]);
  });
});

describe('competing labels', () => {
  it('share a probability of 1 by softmax over their logits, beside their cosines', () => {
    const results = classify({ manifest: CLIP, isMultiLabel: false }, 0.3, 0.2);
    expect(results.map(({ score }) => score.toFixed(4))).toEqual(['0.3000', '0.2000']);
    expect(results[0]?.probability).toBeCloseTo(Math.E / (Math.E + 1), 5);
    expect(results[0]!.probability + results[1]!.probability).toBeCloseTo(1, 12);
  });
});

describe('independent labels', () => {
  it('of a sigmoid model have the probability that it was trained for', () => {
    expect(probabilities({ manifest: SIGLIP, isMultiLabel: true }, 0.5, 0.3)).toEqual([
      expect.closeTo(0.5, 5),
      expect.closeTo(sigmoid(-2), 5),
    ]);
  });

  // A single background text is the one that differs most, so it counts in full.
  it('of a softmax model are weighed against the background', () => {
    const options = { manifest: CLIP, isMultiLabel: true, background: [at(0.4)] };
    const [worse, equal, better] = probabilities(options, 0.3, 0.4 - 1e-4, 0.5);
    expect(worse).toBeCloseTo(sigmoid(-1), 5);
    expect(equal).toBeCloseTo(0.5, 3);
    expect(better).toBeCloseTo(sigmoid(1), 5);
  });

  it('do not depend on the other labels of the call', () => {
    const options = { manifest: CLIP, isMultiLabel: true, background: [at(0.1), at(0.7)] };
    expect(probabilities(options, 0.3, 0.9)[0]).toBe(probabilities(options, 0.3)[0]);
  });

  it('have no rival in a background text that means the same', () => {
    const [label, stranger] = [at(0.5), at(-1)];
    const alone = createZeroShotClassifier({
      manifest: CLIP,
      isMultiLabel: true,
      classEmbeddings: [label],
      background: [label, stranger],
    })(picture);
    expect(alone[0]?.probability).toBeCloseTo(sigmoid(10 * (0.5 + 1)), 5);
  });

  it('stay numbers where the background is nothing but the label', () => {
    const [only] = probabilities({ manifest: CLIP, isMultiLabel: true, background: [at(1)] }, 1);
    expect(only).toBe(1);
  });
});

describe('what a classifier needs', () => {
  it('is a background for independent labels of a softmax model, and for nothing else', () => {
    expect(needsBackground(CLIP, true)).toBe(true);
    expect(needsBackground(CLIP, false)).toBe(false);
    expect(needsBackground(SIGLIP, true)).toBe(false);
    expect(() => classify({ manifest: CLIP, isMultiLabel: true }, 0.1)).toThrow(
      'expected at least one embedding for background, received a list of 0',
    );
  });

  it('is embeddings of the model, and the error names the one that is not', () => {
    const [good, short] = [at(0.5), Float32Array.of(1)];
    const make = (classEmbeddings: Float32Array[], background: Float32Array[]) => () =>
      createZeroShotClassifier({ manifest: CLIP, isMultiLabel: true, classEmbeddings, background })(short);
    expect(make([good, short], [good])).toThrow('expected 2 numbers for classEmbeddings[1], received 1');
    expect(make([good], [short])).toThrow('expected 2 numbers for background[0], received 1');
    expect(make([good], [good])).toThrow('expected 2 numbers for image, received 1');
  });
});
