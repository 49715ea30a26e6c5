import { isIdeograph, isSymbol } from './query-words.js';
import { Prisma } from '../database/database.js';

/** So many words of a phrase are compared: with each, a pattern takes longer, and who knows the first ones knows the text. */
const MAX_COMPARED = 32;

const START = '(^|[^[:alnum:]])';
const END = '([^[:alnum:]]|$)';
/** A pattern that no text has. */
const NOTHING = '$.';

/** A phrase of a query, and whether it is to be looked for here: an SQL condition that is known before a statement is planned. */
export interface PhraseIf {
  readonly phrase: readonly string[];
  readonly isAsked: Prisma.Sql;
}

/**
 * Whether an asset's text says a phrase, word by word: in any case, with or without accents, and with any separators between. For what the index of
 * words does not have: stop words and symbols. A condition on the columns of the table "asset_text".
 * @param isOpen whether its last word may be the beginning of one
 */
export function says(phrase: readonly string[], isOpen = false): Prisma.Sql {
  return Prisma.sql`spelling ~* folded(${patternOf(phrase, isOpen)})`;
}

/** The same of its title, a tag or its file name; also on those of the table "asset". */
export function isCalled(phrase: readonly string[]): Prisma.Sql {
  return isCalledLike(Prisma.sql`folded(${patternOf(phrase)})`);
}

/** Whether it says one of those that are asked. */
export function saysAny(phrases: readonly PhraseIf[]): Prisma.Sql {
  return ifAsked(phrases, (pattern) => Prisma.sql`spelling ~* ${pattern}`);
}

/** Whether it is called one of those that are asked. */
export function isCalledAny(phrases: readonly PhraseIf[]): Prisma.Sql {
  return ifAsked(phrases, isCalledLike);
}

function isCalledLike(pattern: Prisma.Sql): Prisma.Sql {
  // The first part has an index.
  return Prisma.sql`(spelling ~* ${pattern}
    AND asset_spelling(asset.title, NULL, asset.tags, asset.original_name) ~* ${pattern})`;
}

/** One pattern for all: Postgres keeps 32 of them ready, and makes more anew for every row. */
function ifAsked(phrases: readonly PhraseIf[], matches: (pattern: Prisma.Sql) => Prisma.Sql): Prisma.Sql {
  if (phrases.length === 0) return Prisma.sql`false`;
  const patterns = phrases.map(
    ({ phrase, isAsked }) => Prisma.sql`CASE WHEN ${isAsked} THEN ${`|${patternOf(phrase)}`} ELSE '' END`,
  );
  const isAny = Prisma.join(
    phrases.map(({ isAsked }) => isAsked),
    ' OR ',
  );
  return Prisma.sql`((${isAny}) AND ${matches(Prisma.sql`folded(${NOTHING} || ${Prisma.join(patterns, ' || ')})`)})`;
}

/** Words and symbols have no character that means anything in a pattern. */
function patternOf(all: readonly string[], isOpen = false): string {
  const phrase = all.slice(0, MAX_COMPARED);
  const between = phrase.map((word, index) => {
    if (index === 0) return standsAnywhere(word) ? '' : START;
    return standsAnywhere(word) || standsAnywhere(phrase[index - 1]!) ? '[^[:alnum:]]*' : '[^[:alnum:]]+';
  });
  const end = isOpen || standsAnywhere(phrase.at(-1)!) ? '' : END;
  return phrase.map((word, index) => between[index]! + word).join('') + end;
}

/** Whether there may be a letter or a digit right beside it. */
function standsAnywhere(word: string): boolean {
  return isSymbol(word) || isIdeograph(word);
}
