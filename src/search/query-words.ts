/**
 * What a query says as words to look up. Only letters, digits and the marks on them are left in `words`, and in phrases
 * symbols such as an emoji too, each a word of its own.
 */
export interface QueryWords {
  /** The whole query without characters that no file name has. */
  readonly text: string;
  /** All of them must be there; the last may be the beginning of a word. No two are the same. */
  readonly words: readonly string[];
  /** Whether somebody may still be typing the last of `words`: it is in no quotes, and only what is excluded comes after it. */
  readonly isLastOpen: boolean;
  /** Quoted: each a list of words that must follow one another. A symbol is a phrase without quotes too. */
  readonly phrases: readonly (readonly string[])[];
  /** After a minus: none of them may be there. */
  readonly excluded: readonly (readonly string[])[];
  /** What a person would say instead: without what is excluded and without quotes. */
  readonly meaning: string;
  /** False for nothing but what is excluded: nothing is left to find first. */
  readonly hasMeaning: boolean;
}

/** More make a query slow and find nothing: all of them would have to be there. */
const MAX_TERMS = 32;
// A minus counts at the start of a word only: "well-known" is two words. A quote that is never closed is none.
const TOKEN = /(?<minus>(?<!\S)-)?(?:"(?<quoted>[^"]*)"|“(?<typographic>[^”]*)”|(?<bare>[^\s"“]+|["“]))/gu;
// A symbol is one that somebody may look for: not "+" or "$", nor what is pasted with a name that is stored without, such as
// "®" and "°". None of them means anything in a pattern. A flag is two symbols, or has its region behind it in characters that
// cannot be seen.
const SYMBOL = String.raw`\p{RI}{2}|\u{1F3F4}[\u{E0020}-\u{E007F}]+|(?![+$<=>|~⁄°©®™])[\p{Sm}\p{Sc}\p{So}\p{Extended_Pictographic}]`;
// Of Chinese and Japanese, which have no spaces between words; in the index each is a word too ("plain_words" in the database).
const IDEOGRAPH = String.raw`[\u3005-\u3007\u3041-\u3096\u309D-\u309F\u30A1-\u30FA\u30FC-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\u{20000}-\u{323AF}]`;
const LETTERS_OF_WORD = String.raw`(?!${IDEOGRAPH})[\p{L}\p{N}](?:(?!${IDEOGRAPH})[\p{L}\p{N}\p{Mn}\p{Mc}])*`;
const WORD = new RegExp(`${LETTERS_OF_WORD}|${IDEOGRAPH}|${SYMBOL}`, 'gu');
const IS_IDEOGRAPH = new RegExp(`^${IDEOGRAPH}$`, 'u');
// Of right-to-left texts, joiners of no width and the Arabic line that stretches a word, which would tear a word apart, and what
// asks for an emoji in colour.
const INVISIBLE = /(?![\u{E0020}-\u{E007F}])[\uFE0F\p{Cf}\u0640]/gu;
// Letters of full width, ligatures and the like are the plain ones; a symbol is no other one, and a fraction is no two numbers.
const LETTERS = /(?:(?![¼-¾⅐-⅟↉])[\p{L}\p{N}])+/gu;
const UNSTORABLE = /[\p{Cc}\p{Cs}]/gu;

/**
 * Reads `words "a phrase" -without -"this phrase"`. Anything else is a text without a meaning of its own: no character of
 * a query can become an operator of the database.
 */
export function parseQuery(query: string): QueryWords {
  const text = query.normalize('NFC').replace(/\s+/g, ' ').replace(UNSTORABLE, '').trim();
  const words = new Set<string>();
  const phrases = new Map<string, string[]>();
  const excluded: string[][] = [];
  let isLastOpen = false;
  const meaning = text.replace(TOKEN, (token: string, ...rest: unknown[]) => {
    const { minus, quoted, typographic, bare } = rest.at(-1) as Record<string, string | undefined>;
    const inQuotes = quoted ?? typographic;
    const terms = termsOf(inQuotes ?? bare!);
    const [last] = terms.slice(-1);
    if (!last) return token;
    if (minus) {
      excluded.push(terms.flat());
      return '';
    }
    isLastOpen = inQuotes === undefined && last.length === 1 && !isSymbol(last[0]!);
    for (const said of inQuotes === undefined ? terms : [terms.flat()]) {
      const [word] = said as [string];
      if (said.length > 1 || isSymbol(word)) phrases.set(said.join(' '), said);
      else {
        // Said again, a word comes last: that is where it may be unfinished.
        words.delete(word);
        words.add(word);
      }
    }
    return inQuotes ?? token;
  });
  const left = meaning.replace(/\s+/g, ' ').trim();
  return {
    text,
    words: [...words].slice(0, MAX_TERMS),
    isLastOpen: isLastOpen && words.size <= MAX_TERMS,
    phrases: [...phrases.values()].slice(0, MAX_TERMS),
    excluded: excluded.slice(0, MAX_TERMS),
    meaning: left || query,
    hasMeaning: left !== '' || excluded.length === 0,
  };
}

/** Whether a word of a query is no letters or digits, but a symbol. */
export function isSymbol(word: string): boolean {
  return !/^[\p{L}\p{N}]/u.test(word);
}

/** Whether a word of a query is one character of a text without spaces between its words. */
export function isIdeograph(word: string): boolean {
  return IS_IDEOGRAPH.test(word);
}

/** The words of a text, each by itself; those that no space parts where their language has none, together. */
function termsOf(text: string): string[][] {
  const plain = text.replace(INVISIBLE, '').replace(LETTERS, (letters) => letters.normalize('NFKC'));
  const terms: string[][] = [];
  let end = 0;
  for (const { 0: word, index } of plain.matchAll(WORD)) {
    const before = terms.at(-1);
    if (before && index === end && areOne(before.at(-1)!, word)) before.push(word);
    else terms.push([word]);
    end = index + word.length;
  }
  return terms;
}

function areOne(word: string, next: string): boolean {
  return (isIdeograph(word) && !isSymbol(next)) || (isIdeograph(next) && !isSymbol(word));
}
