import { isSymbol } from './query-words.js';
import { Prisma } from '../database/database.js';

/** So many words of a phrase are compared: with each, a pattern takes longer, and who knows the first ones knows the text. */
const MAX_COMPARED = 32;

const START = '(^|[^[:alnum:]])';
const END = '([^[:alnum:]]|$)';

/**
 * Whether an asset's text says one of these phrases, word by word: in any case, and with any separators between. For what the
 * index of words does not have: stop words and symbols. A condition on the columns of the table "asset_text".
 */
export function saysAny(phrases: readonly (readonly string[])[]): Prisma.Sql {
  return Prisma.sql`spelling ~* ${patternOf(phrases)}`;
}

/** The same of its title, a tag or its file name; also on those of the table "asset". */
export function isCalledAny(phrases: readonly (readonly string[])[]): Prisma.Sql {
  // The first part has an index.
  return Prisma.sql`(${saysAny(phrases)} AND
    asset_spelling(asset.title, NULL, asset.tags, asset.original_name) ~* ${patternOf(phrases)})`;
}

/** Words and symbols have no character that means anything in a pattern. */
function patternOf(phrases: readonly (readonly string[])[]): string {
  return phrases.map((phrase) => patternOfPhrase(phrase.slice(0, MAX_COMPARED))).join('|');
}

function patternOfPhrase(phrase: readonly string[]): string {
  const between = phrase.map((word, index) => {
    if (index === 0) return isSymbol(word) ? '' : START;
    return isSymbol(word) || isSymbol(phrase[index - 1]!) ? '[^[:alnum:]]*' : '[^[:alnum:]]+';
  });
  const end = isSymbol(phrase.at(-1)!) ? '' : END;
  return phrase.map((word, index) => between[index]! + word).join('') + end;
}
