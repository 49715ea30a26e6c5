import { expect, it } from 'vitest';
import { OnnxEncoder } from '#dist/inference/onnx-encoder.js';
import { MAX_TEXT_BATCH, textBatchSize } from '#dist/inference/text-batch.js';
import { TextTokenizer, type TokenBatch } from '#dist/inference/tokenizer.js';
import { builtInModel, cosine, golden } from '../support/encoder.js';

const model = await builtInModel();
const tokenizer = await TextTokenizer.load(model.files.tokenizer, model.manifest.text);

/** An embedding a text, of the sum of its tokens, which `change` may make another one. */
const encoderWith = (change: (tokens: TokenBatch) => number) => async (tokens: TokenBatch) => {
  const count = tokens.inputIds.length / tokens.length;
  return Array.from({ length: count }, (_, row) => {
    const place = row * tokens.length;
    let sum = 0;
    for (let at = place; at < place + tokens.length; at++)
      sum += Number(tokens.inputIds[at]!) * Number(tokens.attentionMask[at]!);
    return Float32Array.of(Math.sin(sum) + change(tokens), Math.cos(sum), 1);
  });
};

it('is several where an answer depends on nothing else in the run', async () => {
  expect(
    await textBatchSize(
      tokenizer,
      encoderWith(() => 0),
    ),
  ).toBe(MAX_TEXT_BATCH);
});

it('is one where an answer depends on how many there are', async () => {
  const change = ({ inputIds, length }: TokenBatch) => (inputIds.length / length - 1) / 100;
  expect(await textBatchSize(tokenizer, encoderWith(change))).toBe(1);
});

it('is one where an answer depends on how a text is padded', async () => {
  const change = ({ attentionMask }: TokenBatch) => attentionMask.filter((value) => value === 0n).length / 100;
  expect(await textBatchSize(tokenizer, encoderWith(change))).toBe(1);
});

it('of many texts gives each the embedding that it has alone, in their order', async () => {
  const encoder = await OnnxEncoder.load(model, ['text']);
  const texts = [...golden.texts, ...golden.texts.toReversed()].map(({ text }) => text);
  const together = await encoder.encodeTexts(texts);
  for (const [index, text] of texts.entries()) {
    const [alone] = await encoder.encodeTexts([text]);
    expect(1 - cosine(together[index]!, alone!), text.slice(0, 40)).toBeLessThan(1e-6);
  }
});

it('has texts of about the same length, each once', () => {
  const texts = golden.texts.map(({ text }) => text);
  const groups = tokenizer.groups(texts, 4);
  expect(groups.flatMap(({ places }) => places).toSorted((a, b) => a - b)).toEqual([...texts.keys()]);
  for (const { places, tokens } of groups) {
    expect(places.length).toBeLessThanOrEqual(4);
    const lengths = places.map((place) => tokenizer.tokenize([texts[place]!]).length);
    expect(tokens.length).toBe(Math.max(...lengths));
    expect(tokens.length).toBeLessThanOrEqual(Math.min(...lengths) * 1.25);
  }
  expect(groups.length).toBeLessThan(texts.length);
});
