import { describe, expect, it } from 'vitest';
import { dotProduct, l2Normalise } from '#dist/inference/vectors.js';
import { trainHead } from '#dist/labelling/learning/cross-validate.js';
import { answerWith, fitHead, type Correction } from '#dist/labelling/learning/fit-head.js';
import { HeadFitter } from '#dist/labelling/learning/head-fitter.js';
import { applyHead, priorLogits, type LabelHead } from '#dist/labelling/learning/label-head.js';
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
  it.each([
    ['unknown', [1, 1]],
    ['known', [1 / 2, 1 / 200]],
  ])('finds the lowest point of a bowl that is a hundred times as steep one way, %s before', async (_, bend) => {
    const found = await minimise(
      async ([x, y]) => ({
        value: (x! - 3) ** 2 + 100 * (y! + 1) ** 2,
        gradient: Float64Array.of(2 * (x! - 3), 200 * (y! + 1)),
      }),
      async (gradient) => gradient.map((value, index) => value * bend[index]!),
      new Float64Array(2),
    );
    expect(found[0]).toBeCloseTo(3, 2);
    expect(found[1]).toBeCloseTo(-1, 2);
  });
});

describe('a head', () => {
  it.each([true, false])('tells pictures apart that its prior cannot (exclusive: %s)', async (isExclusive) => {
    const head = await fitHead(undecided(isExclusive), isExclusive, 0.1);
    for (const { embedding, kind } of embeddings(SEEN + 20).slice(SEEN)) {
      const probabilities = applyHead(head, embedding, [0.5, 0.5], isExclusive);
      expect(probabilities[kind]).toBeGreaterThan(0.8);
      expect(probabilities[1 - kind]).toBeLessThan(0.2);
    }
  });

  it('stays as near to the prior as the penalty holds it', async () => {
    const [picture] = embeddings(1);
    const probabilityWith = async (penalty: number) =>
      applyHead(await fitHead(undecided(true), true, penalty), picture!.embedding, [0.5, 0.5], true)[0]!;
    expect(await probabilityWith(0.1)).toBeGreaterThan(await probabilityWith(10));
    expect(await probabilityWith(1e6)).toBeCloseTo(0.5, 2);
  });

  it.each([true, false])('is where no change of it lowers what is minimised (exclusive: %s)', async (isExclusive) => {
    const penalty = 0.1;
    // An odd number of labels and of pictures, one of which does not count.
    const pictures = embeddings(31).map(({ embedding, kind }, index) =>
      correction(embedding, [0.5, 0.2, 0.3], index % 3 === 0 ? [0, -1, 1] : [kind, 1 - kind, 0], isExclusive),
    );
    const { head } = await new HeadFitter(pictures, isExclusive).fit(penalty, (index) => index === 7);
    const counted = pictures.filter((_, index) => index !== 7);
    const centre = Float32Array.from({ length: 4 }, (_, index) =>
      pictures.reduce((sum, { embedding }) => sum + embedding[index]! / pictures.length, 0),
    );
    const centreOf = ({ weights }: LabelHead, label: number) =>
      dotProduct(weights.subarray(4 * label, 4 * label + 4), centre);
    const objective = (of: LabelHead) => {
      // The weights are those of centred embeddings.
      const bias = of.bias.map((value, label) => value + centreOf(of, label));
      const losses = counted.map((each) => answerWith(of, each, isExclusive).loss);
      const penalties =
        penalty * dotProduct(of.weights, of.weights) + dotProduct(bias, bias) + 10 * Math.log(of.priorScale) ** 2;
      return losses.reduce((sum, loss) => sum + loss, penalties / 2);
    };
    const least = objective(head);
    for (const change of [0.1, -0.1]) {
      for (let at = 0; at < head.weights.length; at++) {
        const weights = head.weights.slice();
        weights[at]! += change;
        const bias = head.bias.slice();
        bias[Math.floor(at / 4)]! -= change * centre[at % 4]!;
        expect(objective({ ...head, weights, bias })).toBeGreaterThan(least - 1e-3 * least);
      }
      for (let label = 0; label < head.bias.length; label++) {
        const bias = head.bias.map((value, index) => (index === label ? value + change : value));
        expect(objective({ ...head, bias })).toBeGreaterThan(least - 1e-3 * least);
      }
      const priorScale = head.priorScale * Math.exp(change);
      expect(objective({ ...head, priorScale })).toBeGreaterThan(least - 1e-3 * least);
    }
    expect(least).toBeLessThan(objective({ weights: new Float32Array(12), bias: new Float32Array(3), priorScale: 1 }));
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

  it('does not change by a label that nobody decided of', async () => {
    const pictures = embeddings(SEEN).map(({ embedding, kind }) =>
      correction(embedding, [0.5, 0.3], [kind === 0 ? 1 : 0, -1], false),
    );
    const head = await fitHead(pictures, false, 1);
    expect(answerWith(head, pictures[0]!, false).probabilities[1]).toBeCloseTo(0.3, 1);
  });

  it.each([true, false])('learns of one picture and one label (exclusive: %s)', async (isExclusive) => {
    const [picture] = embeddings(1);
    const only = correction(picture!.embedding, [0.4], [1], isExclusive);
    const head = await fitHead([only], isExclusive, 1);
    expect(answerWith(head, only, isExclusive).probabilities[0]).toBeGreaterThan(0.4);
  });

  it('leaves what the prior rules out', async () => {
    const pictures = undecided(true).map((each, index) => ({
      ...each,
      prior: Float64Array.of(0, 0, index % 2 === 0 ? -Infinity : -1),
    }));
    const head = await fitHead(pictures, true, 0.1);
    const { probabilities } = answerWith(head, pictures[0]!, true);
    expect(probabilities[0]! + probabilities[1]!).toBeCloseTo(1, 9);
    expect(probabilities[0]).toBeGreaterThan(0.8);
  });
});

describe('cross-validation', () => {
  it('finds a head better that is', async () => {
    const { isBetter, prior, learned, probabilities } = await trainHead(undecided(true), true);
    expect(isBetter).toBe(true);
    expect(learned!.accuracy).toBeGreaterThan(0.9);
    expect(learned!.logLoss).toBeLessThan(prior!.logLoss / 2);
    expect(probabilities).toHaveLength(SEEN);
  });

  it('keeps the prior where the decisions have nothing to do with the pictures', async () => {
    const pictures = embeddings(SEEN).map(({ embedding }, index) =>
      correction(embedding, [0.5, 0.5], index % 4 < 2 ? [1, 0] : [0, 1], true),
    );
    expect((await trainHead(pictures, true)).isBetter).toBe(false);
  });

  it('keeps a prior that is right as often as it says', async () => {
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
    expect((await trainHead(shuffled, true)).isBetter).toBe(false);
  });

  it('goes by decisions that are all the same', async () => {
    const pictures = embeddings(SEEN).map(({ embedding }) => correction(embedding, [0.5, 0.5], [1, 0], true));
    const { isBetter, learned } = await trainHead(pictures, true);
    expect(isBetter).toBe(true);
    expect(learned!.accuracy).toBe(1);
  });

  it('does not judge by fewer than ten', async () => {
    expect((await trainHead(undecided(true).slice(0, 9), true)).isBetter).toBe(false);
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
