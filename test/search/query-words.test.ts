import { expect, test } from 'vitest';
import { parseQuery } from '#dist/search/query-words.js';

test.each<[string, string[], string[][]?, string[][]?]>([
  ['boats at sunset', ['boats', 'at', 'sunset']],
  ['"red fox" snow', ['snow'], [['red', 'fox']]],
  ['“red fox”', [], [['red', 'fox']]],
  ['"fox"', ['fox']],
  ['boat -sunset -"new york"', ['boat'], [], [['sunset'], ['new', 'york']]],
  ['well-known harbourView_0042.JPG', ['well', 'known', 'harbourView', '0042', 'JPG']],
  ['fox -well-known', ['fox'], [], [['well', 'known']]],
  ['a " quote that is open', ['a', 'quote', 'that', 'is', 'open']],
  ['boat boat', ['boat']],
  ['- -- "" -"" \'', []],
  ['😀 👩‍🚀 20 😀', ['20'], [['😀'], ['👩'], ['🚀']]],
  ['❤️ 🇩🇪 well🎂known', ['well', 'known'], [['❤'], ['🇩🇪'], ['🎂']]],
  ['"🎉" "party 🎉" -🎂 -well🎂known', [], [['🎉'], ['party', '🎉']], [['🎂'], ['well', '🎂', 'known']]],
  ['1 + 1 = $2 ~ ^ ` ´ < > | 3° A® B© C™', ['1', '2', '3', 'A', 'B', 'C']],
  ['5€ → "★ ♪" №', ['5'], [['€'], ['→'], ['★', '♪'], ['№']]],
  ['👋🏽 👋', [], [['👋']]],
  ['🏴 🏴󠁧󠁢󠁥󠁮󠁧󠁿', [], [['🏴'], ['🏴󠁧󠁢󠁥󠁮󠁧󠁿']]],
  ['1️⃣ 2⃣ 10', ['1', '2', '10']],
  ['écluse e\u0301cluse', ['écluse']],
  ['קפה ‏בבוקר', ['קפה', 'בבוקר']],
  ['می‌خواهم', ['میخواهم']],
  ['हिन्दी', ['हिन्दी']],
  ['東京Tower 猫 "夜景" -日本', ['東 京 Tower', '猫'], [['夜', '景']], [['日', '本']]],
  ['boat\0\u0007\u001bs', ['boats']],
  ['\ud800boat', ['boat']],
  ["'; DROP TABLE asset; --", ['DROP', 'TABLE', 'asset']],
  ["a' & !(b | c) <-> d:*A \\", ['a', 'b', 'c', 'd', 'A']],
])('%j is read as words %j, phrases %j, without %j', (query, words, phrases = [], excluded = []) => {
  const parsed = parseQuery(query);
  expect(parsed.terms.map((term) => term.words.join(' '))).toEqual(words);
  expect(parsed).toMatchObject({ phrases, excluded });
  for (const word of [
    ...parsed.terms.flatMap((term) => term.words),
    ...parsed.phrases.flat(),
    ...parsed.excluded.flat(),
  ])
    expect(word).toMatch(/^(?:[\p{L}\p{N}\p{M}\p{So}\p{Cf}]|(?!\p{ASCII})[\p{Sm}\p{Sc}])+$/u);
});

test.each([
  ['boats at sunset', 'boats at sunset'],
  ['a cup, please -tea', 'a cup, please'],
  ['"red fox" in snow', 'red fox in snow'],
  ['😀 -tea', '😀'],
  ['- -', '- -'],
  ['"', '"'],
  ['😀', '😀'],
])('%j means %j', (query, meaning) => {
  expect(parseQuery(query).meaning).toBe(meaning);
});

test.each(['-tea', '-"a cup" -tea', ' -well-known '])('%j leaves nothing to find', (query) => {
  expect(parseQuery(query).hasMeaning).toBe(false);
});

test('a word may be unfinished at the very end only', () => {
  const open = (query: string) => parseQuery(query).terms.flatMap(({ words, isOpen }) => (isOpen ? [words] : []));
  expect(open('a boa')).toEqual([['boa']]);
  expect(open('a "boa"')).toEqual([]);
  expect(open('boa "at sea"')).toEqual([]);
  expect(open('boa -sea')).toEqual([['boa']]);
  expect(open('boa 🎉')).toEqual([]);
  expect(open('🎉boa')).toEqual([['boa']]);
  expect(open('猫 東京Tow -夜')).toEqual([['東', '京', 'Tow']]);
  expect(open('東京Tow 猫')).toEqual([]);
  expect(open('東京')).toEqual([]);
  expect(open('"東京Tow"')).toEqual([]);
});

test('of very many words the first ones are looked up', () => {
  const { terms } = parseQuery(Array.from({ length: 500 }, (_, index) => `w${index}`).join(' '));
  expect(terms).toHaveLength(32);
  expect(terms[0]!.words).toEqual(['w0']);
  expect(terms.some(({ isOpen }) => isOpen)).toBe(false);
});
