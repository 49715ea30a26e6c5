/** A word of a query, or what it has together of a language without spaces between words. */
export interface Term {
  /** One, or several that must follow one another: characters of such a language, each a word, and letters or digits beside them. */
  readonly words: readonly string[];
  /** Whether somebody may still be typing the last of `words`, so that it may be the beginning of one. */
  readonly isOpen: boolean;
}

/**
 * What a query says as words to look up. Only letters, digits and the marks on them are left in `terms`, and in phrases
 * symbols such as an emoji too, each a word of its own.
 */
export interface QueryWords {
  /** The whole query without characters that no file name has. */
  readonly text: string;
  /**
   * In no quotes, or a single word in them. All of them must be there, and no two are the same. Only the last may be open: where
   * it is in no quotes and ends with a letter or a digit, and only what is excluded comes after it.
   */
  readonly terms: readonly Term[];
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
  const terms = new Map<string, string[]>();
  const phrases = new Map<string, string[]>();
  const excluded: string[][] = [];
  let isLastOpen = false;
  const meaning = text.replace(TOKEN, (token: string, ...rest: unknown[]) => {
    const { minus, quoted, typographic, bare } = rest.at(-1) as Record<string, string | undefined>;
    const inQuotes = quoted ?? typographic;
    const found = termsOf(inQuotes ?? bare!);
    const last = found.at(-1)?.at(-1);
    if (!last) return token;
    if (minus) {
      excluded.push(found.flat());
      return '';
    }
    isLastOpen = inQuotes === undefined && !isSymbol(last) && !isIdeograph(last);
    for (const said of inQuotes === undefined ? found : [found.flat()]) {
      const key = said.join(' ');
      if ((inQuotes !== undefined && said.length > 1) || isSymbol(said[0]!)) phrases.set(key, said);
      else {
        // Said again, a word comes last: that is where it may be unfinished.
        terms.delete(key);
        terms.set(key, said);
      }
    }
    return inQuotes ?? token;
  });
  const left = meaning.replace(/\s+/g, ' ').trim();
  return {
    text,
    terms: [...terms.values()]
      .map((words, index) => ({ words, isOpen: isLastOpen && index === terms.size - 1 }))
      .slice(0, MAX_TERMS),
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
