import { describe, expect, it } from 'vitest';
import { dotProduct, l2Normalise } from '#dist/inference/vectors.js';
import { trainHead } from '#dist/labelling/learning/cross-validate.js';
import { fitHead, lossWith, probabilitiesWith, type Correction } from '#dist/labelling/learning/fit-head.js';
import { HeadFitter } from '#dist/labelling/learning/head-fitter.js';
import { applyHead, priorLogits } from '#dist/labelling/learning/label-head.js';
import { minimise } from '#dist/labelling/learning/lbfgs.js';
import { measure, thresholdFor, toBins } from '#dist/labelling/learning/probability-bins.js';

const SEEN = 40;

/** Pictures around two directions, half of each; the same numbers each time. */
function embeddings(count: number): { embedding: Float32Array; kind: 0 | 1 }[] {
  let state = 7;
  const noise = () => ((state = (state * 48271) % 2147483647) / 2147483647 - 0.5) * 0.6;
  return Array.from({ length: count }, (_, index) => {
    const kind = (index % 2) as 0 | 1;
    return { kind, embedding: l2Normalise(Float32Array.of(1, kind + noise(), 1 - kind + noise(), noise())) };
  });
}

const correction = (
  embedding: Float32Array,
  probabilities: number[],
  decisions: number[],
  isExclusive: boolean,
): Correction => ({
  embedding,
  prior: priorLogits(probabilities, isExclusive),
  decisions: Int8Array.from(decisions),
});

/** A prior that knows nothing, and people who say what each is. */
const undecided = (isExclusive: boolean) =>
  embeddings(SEEN).map(({ embedding, kind }) =>
    correction(embedding, [0.5, 0.5], kind === 0 ? [1, 0] : [0, 1], isExclusive),
  );

describe('minimise', () => {
  it('finds the lowest point of a bowl that is a hundred times as steep one way', () => {
    const found = minimise(
      ([x, y]) => ({
        value: (x! - 3) ** 2 + 100 * (y! + 1) ** 2,
        gradient: Float64Array.of(2 * (x! - 3), 200 * (y! + 1)),
      }),
      new Float64Array(2),
    );
    expect(found[0]).toBeCloseTo(3, 2);
    expect(found[1]).toBeCloseTo(-1, 2);
  });
});

describe('a head', () => {
  it.each([true, false])('tells pictures apart that its prior cannot (exclusive: %s)', (isExclusive) => {
    const head = fitHead(undecided(isExclusive), isExclusive, 0.1);
    for (const { embedding, kind } of embeddings(SEEN + 20).slice(SEEN)) {
      const probabilities = applyHead(head, embedding, [0.5, 0.5], isExclusive);
      expect(probabilities[kind]).toBeGreaterThan(0.8);
      expect(probabilities[1 - kind]).toBeLessThan(0.2);
    }
  });

  it('stays as near to the prior as the penalty holds it', () => {
    const [picture] = embeddings(1);
    const probabilityWith = (penalty: number) =>
      applyHead(fitHead(undecided(true), true, penalty), picture!.embedding, [0.5, 0.5], true)[0]!;
    expect(probabilityWith(0.1)).toBeGreaterThan(probabilityWith(10));
    expect(probabilityWith(1e6)).toBeCloseTo(0.5, 2);
  });

  it.each([true, false])('is where no change of it lowers what is minimised (exclusive: %s)', (isExclusive) => {
    const penalty = 0.1;
    // An odd number of labels and of pictures, one of which does not count.
    const pictures = embeddings(31).map(({ embedding, kind }, index) =>
      correction(embedding, [0.5, 0.2, 0.3], index % 3 === 0 ? [0, -1, 1] : [kind, 1 - kind, 0], isExclusive),
    );
    const { head, point } = new HeadFitter(pictures, isExclusive).fit(penalty, (index) => index === 7);
    const counted = pictures.filter((_, index) => index !== 7);
    const [bias, scaleLog] = [point.slice(-4, -1), Math.log(head.priorScale)];
    const objective = (weights: Float32Array, ownBias: Float32Array) =>
      counted.reduce((sum, each) => sum + lossWith({ ...head, weights, bias: ownBias }, each, isExclusive), 0) +
      (penalty * dotProduct(weights, weights) + dotProduct(bias, bias) + 10 * scaleLog ** 2) / 2;
    const least = objective(head.weights, head.bias);
    const centre = Float32Array.from({ length: 4 }, (_, index) =>
      pictures.reduce((sum, { embedding }) => sum + embedding[index]! / pictures.length, 0),
    );
    for (let at = 0; at < head.weights.length; at++)
      for (const change of [0.1, -0.1]) {
        const weights = head.weights.slice();
        weights[at]! += change;
        // The weights are those of centred embeddings.
        const ownBias = head.bias.slice();
        ownBias[Math.floor(at / 4)]! -= change * centre[at % 4]!;
        expect(objective(weights, ownBias)).toBeGreaterThan(least - 1e-3 * least);
      }
    expect(least).toBeLessThan(objective(new Float32Array(12), new Float32Array(3)));
  });

  it('of zeros is the prior', () => {
    const none = { weights: new Float32Array(8), bias: new Float32Array(2), priorScale: 1 };
    const [picture] = embeddings(1);
    expect([...applyHead(none, picture!.embedding, [0.9, 0.2], false)]).toEqual([
      expect.closeTo(0.9, 9),
      expect.closeTo(0.2, 9),
    ]);
    // What is missing to 1 is "none of these", and stays so.
    expect([...applyHead(none, picture!.embedding, [0.6, 0.3], true)]).toEqual([
      expect.closeTo(0.6, 9),
      expect.closeTo(0.3, 9),
    ]);
  });

  it('learns from rejections alone: the picture is one of the others', () => {
    const pictures = embeddings(SEEN).map(({ embedding, kind }) =>
      correction(embedding, [1 / 3, 1 / 3, 1 / 3], kind === 0 ? [0, -1, -1] : [-1, 0, -1], true),
    );
    const head = fitHead(pictures, true, 0.1);
    const [first] = pictures;
    const probabilities = probabilitiesWith(head, first!, true);
    expect(probabilities[0]).toBeLessThan(0.1);
    expect(probabilities[1]! + probabilities[2]!).toBeGreaterThan(0.9);
  });

  it('does not change by a label that nobody decided of', () => {
    const pictures = embeddings(SEEN).map(({ embedding, kind }) =>
      correction(embedding, [0.5, 0.3], [kind === 0 ? 1 : 0, -1], false),
    );
    expect(probabilitiesWith(fitHead(pictures, false, 1), pictures[0]!, false)[1]).toBeCloseTo(0.3, 1);
  });
});

describe('cross-validation', () => {
  it('finds a head better that is', () => {
    const { isBetter, prior, learned, probabilities } = trainHead(undecided(true), true);
    expect(isBetter).toBe(true);
    expect(learned.accuracy).toBeGreaterThan(0.9);
    expect(learned.logLoss).toBeLessThan(prior.logLoss / 2);
    expect(probabilities).toHaveLength(SEEN);
  });

  it('keeps the prior where the decisions have nothing to do with the pictures', () => {
    const pictures = embeddings(SEEN).map(({ embedding }, index) =>
      correction(embedding, [0.5, 0.5], index % 4 < 2 ? [1, 0] : [0, 1], true),
    );
    expect(trainHead(pictures, true).isBetter).toBe(false);
  });

  it('keeps a prior that is right as often as it says', () => {
    const pictures = embeddings(SEEN).map(({ embedding, kind }, index) => {
      // One in ten, of both kinds.
      const said = index % 20 === 3 || index % 20 === 10 ? 1 - kind : kind;
      return correction(embedding, said === 0 ? [0.9, 0.1] : [0.1, 0.9], kind === 0 ? [1, 0] : [0, 1], true);
    });
    // The pictures say nothing beside it: each has the look of another.
    const shuffled = pictures.map((each, index) => ({
      ...each,
      embedding: pictures[Math.floor(index / 2)]!.embedding,
    }));
    expect(trainHead(shuffled, true).isBetter).toBe(false);
  });

  it('does not judge by fewer than ten', () => {
    expect(trainHead(undecided(true).slice(0, 9), true).isBetter).toBe(false);
  });
});

describe('what is measured by probability', () => {
  const bins = toBins([
    { probability: 0.95, isAccepted: true },
    { probability: 0.85, isAccepted: true },
    { probability: 0.75, isAccepted: false },
    { probability: 0.65, isAccepted: true },
    { probability: 0.15, isAccepted: false },
  ]);

  it('is precision, recall and their mean at a threshold', () => {
    expect(measure(bins, 0.7)).toMatchObject({ precision: 2 / 3, recall: 2 / 3, f1: expect.closeTo(2 / 3, 9) });
    expect(measure(bins, 0.99)).toMatchObject({ precision: null, recall: 0, f1: null });
    expect(measure([], 0.5)).toEqual({ precision: null, recall: null, f1: null, calibrationError: null });
  });

  it('is how far probabilities are from what comes true', () => {
    const { calibrationError } = measure(bins, 0.5);
    expect(calibrationError).toBeCloseTo((0.045 + 0.145 + 0.755 + 0.345 + 0.155) / 5, 9);
  });

  it('gives the least threshold that is precise enough', () => {
    expect(thresholdFor(bins, 1)).toBe(0.85);
    expect(thresholdFor(bins, 0.75)).toBe(0.65);
    expect(thresholdFor(bins, 0)).toBe(0.15);
    expect(thresholdFor(toBins([{ probability: 0.9, isAccepted: false }]), 0.5)).toBeNull();
  });
});
