import { describe, expect, it } from 'vitest';
import { TextTokenizer } from '#dist/inference/tokenizer.js';
import { builtInModel, golden } from '../support/encoder.js';

const { manifest, files } = await builtInModel();
const tokenizer = await TextTokenizer.load(files.tokenizer, manifest.text);

const [CLS, SEP, UNKNOWN] = [101, 102, 100];
const ids = (text: string) => [...tokenizer.tokenize([text]).inputIds].map(Number);

describe('the ids of a text', () => {
  it.each(golden.texts)('are those of the reference: $text', ({ text, inputIds }) => {
    expect(ids(text)).toEqual(inputIds);
  });

  it('are cut at the context length, the special tokens kept', () => {
    const words = Array.from({ length: 46 }, () => 'cat').join(' ');
    const full = ids(words);
    expect(full).toHaveLength(48);
    expect([full[0], full[1], full[46], full[47]]).toEqual([CLS, 4937, 4937, SEP]);
    expect(ids(`${words} dog`)).toEqual(full);
    expect(ids(`${words} `.repeat(1_000))).toEqual(full);
  });

  it('are the special tokens alone for nothing', () => {
    for (const text of ['', ' \t\n']) expect(ids(text)).toEqual([CLS, SEP]);
  });

  it('are the unknown token for an emoji, the words around it kept', () => {
    expect(ids('🌅')).toEqual([CLS, UNKNOWN, SEP]);
    expect(ids('👨‍👩‍👧‍👦 cat')).toEqual([CLS, UNKNOWN, 4937, SEP]);
  });

  it('do not mind case, accents or half of a surrogate pair', () => {
    expect(ids('NAÏVE Café')).toEqual(ids('naive cafe'));
    expect(ids('cat \ud800')).toEqual(ids('cat'));
  });
});

describe('a batch', () => {
  it('is padded to its longest text, the mask says where', () => {
    const { inputIds, attentionMask, length } = tokenizer.tokenize(['', 'a cat']);
    expect(length).toBe(4);
    expect([...inputIds].map(Number)).toEqual([CLS, SEP, 0, 0, CLS, 1037, 4937, SEP]);
    expect([...attentionMask].map(Number)).toEqual([1, 1, 0, 0, 1, 1, 1, 1]);
  });

  it('is padded to the context length, with the id of the manifest, where the model was trained so', async () => {
    const spec = { ...manifest.text, contextLength: 5, padding: 'contextLength', padId: 7 } as const;
    const padded = (await TextTokenizer.load(files.tokenizer, spec)).tokenize(['cat', 'a cat and a dog']);
    expect(padded.length).toBe(5);
    expect([...padded.inputIds].map(Number)).toEqual([CLS, 4937, SEP, 7, 7, CLS, 1037, 4937, 1998, SEP]);
    expect([...padded.attentionMask].map(Number)).toEqual([1, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
  });
});

it('a file that is no tokenizer.json, or is not there, is refused by its path', async () => {
  for (const path of [files.text, 'package.json'])
    await expect(TextTokenizer.load(path, manifest.text)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: `expected a tokenizer.json in ${path}, received something else`,
    });
  await expect(TextTokenizer.load('/nowhere/tokenizer.json', manifest.text)).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
    message: 'expected a tokenizer.json in /nowhere/tokenizer.json, received none',
  });
});
