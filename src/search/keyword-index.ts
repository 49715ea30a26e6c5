import { isSymbol, type QueryWords, type Term } from './query-words.js';
import { isCalled, isCalledAny, says, saysAny, type PhraseIf } from './written-text.js';
import { NAME_KEY } from '../assets/asset-columns.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import { rowCondition } from '../assets/asset-filter.rows.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import { storable } from '../storable-text.js';

export interface KeywordHit {
  readonly id: string;
  /** Its title or file name, with or without the ending, is what was asked for, or a phrase in it. */
  readonly isExact: boolean;
}

/** The text search configuration without stop words. */
const AS_WRITTEN = 'simple';

interface KeywordQuery {
  readonly query: QueryWords;
  /** Whether words that no asset has are taken for misspelled ones. */
  readonly isLenient: boolean;
  readonly filter: AssetFilter;
}

interface KeywordSearch extends KeywordQuery {
  readonly limit: number;
  readonly offset: number;
}

/**
 * Finds READY assets by the words in title, tags, accepted labels and their synonyms, description, file name, creator,
 * credit and copyright. The words of a query get to Postgres as parameters of the functions that make a tsquery of them, never as a tsquery.
 */
export class KeywordIndex {
  /** @param language a text search configuration of Postgres, that of the words of the assets */
  constructor(
    private readonly prisma: PrismaClient,
    private readonly language: string,
  ) {}

  /**
   * Assets with all words and phrases and nothing that is excluded; where there is none at all, those with words that are
   * written alike in the place of words that no asset has. Stop words are not asked for, but in phrases; a query of nothing else
   * finds what is called so, names that are nothing else first. Best first, ties by id. Nothing for a query without a word.
   * @throws INVALID_FILTER
   */
  async find(libraryId: string, search: KeywordSearch): Promise<KeywordHit[]> {
    const condition = await rowCondition(this.prisma, libraryId, search.filter);
    const { query, limit, offset } = search;
    const ranked = Prisma.sql`
      SELECT id, ${this.#exactness(query)} AS exactness, ts_rank(words, ${this.#asked(query)}) AS rank`;
    const found = await this.prisma.$queryRaw<KeywordHit[]>`
      SELECT id, exactness > 0 AS "isExact" FROM (${this.#asWritten(ranked, condition, query)}) AS found
      ORDER BY exactness DESC, rank DESC, id LIMIT ${limit} OFFSET ${offset}`;
    if (found.length > 0 || !mayBeMisspelled(search)) return found;
    return this.prisma.$queryRaw<KeywordHit[]>`
      ${this.#alike(libraryId, condition, search)}
      ORDER BY (SELECT sum(word_similarity(word, spelling)) FROM asked) DESC, id LIMIT ${limit} OFFSET ${offset}`;
  }

  /** How many it finds in all, but for what has what is excluded. @throws INVALID_FILTER */
  async count(libraryId: string, search: KeywordQuery): Promise<number> {
    const filtered = await rowCondition(this.prisma, libraryId, search.filter);
    const isExcluding = search.query.excluded.length > 0;
    const condition = isExcluding ? Prisma.sql`${filtered} AND NOT ${this.excluding(search.query)}` : filtered;
    const asWritten = await this.#count(this.#asWritten(Prisma.sql`SELECT id`, condition, search.query));
    if (asWritten > 0 || !mayBeMisspelled(search)) return asWritten;
    return this.#count(this.#alike(libraryId, condition, { ...search, offset: 0 }));
  }

  /**
   * Whether an asset has what the query excludes, as a condition on the columns of the table "asset". A file of just the name
   * that is asked for may have it: "Trip -final.jpg".
   */
  excluding({ text, excluded }: QueryWords): Prisma.Sql {
    return Prisma.sql`(NOT ${isNamed(text)} AND EXISTS (
      SELECT FROM asset_text WHERE asset_id = asset.id AND (words @@ ${this.#anyOf(excluded)} OR ${this.#saysLost(excluded)})))`;
  }

  async #count(found: Prisma.Sql): Promise<number> {
    const [row] = await this.prisma.$queryRaw<
      [{ count: number }]
    >`SELECT count(*)::int AS count FROM (${found}) AS found`;
    return row.count;
  }

  /** Each part has an index of its own. */
  #asWritten(select: Prisma.Sql, condition: Prisma.Sql, query: QueryWords): Prisma.Sql {
    const selected = Prisma.sql`
      ${select} FROM asset JOIN asset_text ON asset_id = id WHERE asset.state = 'READY' AND ${condition}`;
    return Prisma.sql`${selected} AND ${this.#matches(query)} UNION ${selected} AND ${isNamed(query.text)}`;
  }

  #alike(libraryId: string, condition: Prisma.Sql, { query, offset }: Omit<KeywordSearch, 'limit'>): Prisma.Sql {
    const { terms, excluded } = query;
    const asked = terms.filter(isOneWord).map((term) => Prisma.sql`(folded(${term.words[0]}), ${this.#term(term)})`);
    const without = excluded.length > 0 ? Prisma.sql`AND NOT ${this.#saysLost(excluded)}` : Prisma.empty;
    // Further pages find nothing as it is written either: only the last page of what does must not go on with this.
    const isAfterOthers =
      offset === 0
        ? Prisma.sql`false`
        : Prisma.sql`EXISTS (SELECT 1 FROM asset_text JOIN asset ON id = asset_id WHERE ${this.#matches(query)}
          AND asset.state = 'READY' AND ${condition})`;
    return Prisma.sql`
      WITH asked AS (
        SELECT word, form FROM (VALUES ${Prisma.join(asked)}) AS of_query (word, form) WHERE numnode(form) > 0),
      alike AS (
        SELECT asset_id FROM asked, assets_with_word(${libraryId}::uuid, word, form) AS asset_id
        GROUP BY asset_id HAVING count(*) = (SELECT count(*) FROM asked)),
      found AS MATERIALIZED (
        SELECT asset_id, spelling FROM alike JOIN asset_text USING (asset_id)
        WHERE ${this.#hasAll({ ...query, terms: terms.filter(isRun) })})
      SELECT id, false AS "isExact" FROM found JOIN asset ON id = asset_id
      WHERE asset.state = 'READY' AND ${condition} ${without}
        AND NOT ${isAfterOthers}`;
  }

  /** Without a word nothing is asked for, and that is to match nothing, whatever is excluded. */
  #matches(query: QueryWords): Prisma.Sql {
    const { terms, phrases, excluded } = query;
    if (terms.length + phrases.length === 0) return Prisma.sql`false`;
    const conditions = [this.#hasAll(query)];
    if (excluded.length > 0) conditions.push(Prisma.sql`NOT ${this.#saysLost(excluded)}`);
    if (phrases.length === 0) conditions.push(this.#isCalledSo(query));
    return Prisma.sql`(${Prisma.join(conditions, ' AND ')})`;
  }

  /** What the index knows of words and phrases, and what it does not know of phrases. */
  #hasAll(query: QueryWords): Prisma.Sql {
    const { terms, phrases, excluded } = query;
    const all = this.#allOf(query);
    const without = excluded.length > 0 ? Prisma.sql` && !! ${this.#anyOf(excluded)}` : Prisma.empty;
    const indexed = Prisma.sql`(${all}${without})`;
    const said = [...terms.filter(isRun), ...phrases.map((words) => ({ words, isOpen: false }))].map(
      ({ words, isOpen }) => Prisma.sql`(NOT ${this.#isLost(words)} OR ${says(words, isOpen)})`,
    );
    return Prisma.join([Prisma.sql`(numnode(${indexed}) = 0 OR words @@ ${indexed})`, ...said], ' AND ');
  }

  /** Of stop words alone, what consists of them or is called so; true of others. Each is looked up in the index first. */
  #isCalledSo(query: QueryWords): Prisma.Sql {
    const each = (has: typeof isCalled) =>
      Prisma.join(
        query.terms.map(({ words }) => has(words)),
        ' AND ',
      );
    return Prisma.sql`(numnode(${this.#allOf(query)}) > 0
      OR ${each(says)} AND (words @@ ${this.#asked(query)} OR ${each(isCalled)}))`;
  }

  /** Whether what is excluded is there and the index would not know: a stop word alone in names only, where it is found. */
  #saysLost(excluded: QueryWords['excluded']): Prisma.Sql {
    const isWord = (phrase: readonly string[]) => phrase.length === 1 && !isSymbol(phrase[0]!);
    const words = excluded.filter(isWord);
    const phrases = excluded.filter((phrase) => !isWord(phrase));
    return Prisma.sql`(${isCalledAny(this.#lostOf(words))} OR ${saysAny(this.#lostOf(phrases))})`;
  }

  #lostOf(phrases: QueryWords['excluded']): PhraseIf[] {
    return phrases.map((phrase) => ({ phrase, isAsked: this.#isLost(phrase) }));
  }

  /**
   * Whether the index cannot tell a phrase: a symbol, or what has no two words left that are so far apart. It is known before
   * a statement is planned.
   */
  #isLost(phrase: readonly string[]): Prisma.Sql {
    if (phrase.some(isSymbol)) return Prisma.sql`true`;
    const [left, written] = [this.#length(phrase), this.#length(phrase, AS_WRITTEN)];
    return Prisma.sql`${left} < least(2, greatest(1, ${written}))`;
  }

  #exactness(query: QueryWords): Prisma.Sql {
    const { text, meaning, terms, phrases, excluded } = query;
    // A name in quotes is asked for without them.
    const names = new Set(excluded.length > 0 ? [text] : [text, storable(meaning)]);
    const lengths = [...names].map((name) => name.length);
    const firsts = Prisma.join([...names].map((name) => Prisma.sql`lower(left(folded(${name}), 1))`));
    // Folding takes a hundred times as long as a look at the length and the first letter, and changes the length of a name little.
    const named = (name: Prisma.Sql) => Prisma.sql`CASE
      WHEN length(${name}) BETWEEN ${Math.floor(Math.min(...lengths) * 0.75) - 2} AND ${Math.ceil(Math.max(...lengths) * 1.25) + 2}
        AND (ascii(${name}) > 127 OR lower(left(${name}, 1)) IN (${firsts})) THEN lower(folded(${name})) END`;
    const asked = Prisma.join([...names].map((name) => Prisma.sql`lower(folded(${name}))`));
    const isName = Prisma.sql`ARRAY[${named(Prisma.sql`original_name`)},
      ${named(Prisma.sql`regexp_replace(original_name, '\\.[^.]*$', '')`)}, ${named(Prisma.sql`title`)}] && ARRAY[${asked}]`;
    // A phrase in quotes is in everything that is found. One word is no phrase, with or without spaces between words.
    const isPhrase =
      phrases.length > 0 || terms.length < 2
        ? Prisma.sql`${phrases.length > 0}`
        : Prisma.sql`words @@ ${this.#phrase(terms.flatMap(({ words }) => words))}`;
    return Prisma.sql`CASE WHEN ${isName} THEN 2 WHEN ${isPhrase} THEN 1 ELSE 0 END`;
  }

  #asked(query: QueryWords): Prisma.Sql {
    // Whole ones of stop words: "the" begins too many others.
    const terms = query.terms.map(({ words }) => ({ words, isOpen: false }));
    return orStopWords(this.#allOf(query), this.#allOf({ ...query, terms }, AS_WRITTEN));
  }

  #allOf(query: QueryWords, language = this.language): Prisma.Sql {
    const terms = [
      ...query.terms.map((term) => this.#term(term, language)),
      ...query.phrases.map((phrase) => this.#phrase(phrase, language)),
    ];
    return terms.length === 0 ? Prisma.sql`''::tsquery` : Prisma.sql`(${Prisma.join(terms, ' && ')})`;
  }

  /** What has lost words is no longer what is meant; of stop words alone, names of nothing else have it as it is. */
  #anyOf(phrases: QueryWords['excluded']): Prisma.Sql {
    const terms = phrases
      .filter((phrase) => !phrase.some(isSymbol))
      .map(
        (phrase) =>
          Prisma.sql`CASE WHEN ${this.#isLost(phrase)} THEN ${this.#phrase(phrase, AS_WRITTEN)} ELSE ${this.#phrase(phrase)} END`,
      );
    return terms.length === 0 ? Prisma.sql`''::tsquery` : Prisma.sql`(${Prisma.join(terms, ' || ')})`;
  }

  /** The beginning of a word counts too where the word may be unfinished. */
  #term({ words, isOpen }: Term, language = this.language): Prisma.Sql {
    const [text, before, last] = [words.join(' '), words.slice(0, -1).join(' '), words.at(-1)!];
    if (!isOpen)
      return before === ''
        ? inAnySpelling(text, (spelled) => Prisma.sql`plainto_tsquery(${language}::regconfig, ${spelled(text)})`)
        : this.#phrase(words, language);
    return inAnySpelling(text, (spelled) => {
      // Letters and digits only, which is what `QueryWords` is for.
      const begun = Prisma.sql`to_tsquery(${language}::regconfig, ${spelled(`${last}:*`)})`;
      return before === ''
        ? begun
        : Prisma.sql`(phraseto_tsquery(${language}::regconfig, ${spelled(before)}) <-> ${begun})`;
    });
  }

  #phrase(words: readonly string[], language = this.language): Prisma.Sql {
    const text = words.join(' ');
    return inAnySpelling(text, (spelled) => Prisma.sql`phraseto_tsquery(${language}::regconfig, ${spelled(text)})`);
  }

  /** How many words of a phrase are left. */
  #length(words: readonly string[], language = this.language): Prisma.Sql {
    return Prisma.sql`numnode(phraseto_tsquery(${language}::regconfig, ${words.join(' ')}))`;
  }
}

function mayBeMisspelled({ query, isLenient }: KeywordQuery): boolean {
  return isLenient && query.terms.some(isOneWord);
}

function isOneWord({ words }: Term): boolean {
  return words.length === 1;
}

/** Whether it is several words without spaces between. */
function isRun(term: Term): boolean {
  return !isOneWord(term);
}

/** Of stop words alone nothing is left in their language: they are asked for as they are, which names of nothing else have. */
function orStopWords(inLanguage: Prisma.Sql, asWritten: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(CASE WHEN numnode(${inLanguage}) > 0 THEN ${inLanguage} ELSE ${asWritten} END)`;
}

/** What asks for it as it is, without its accents, or transliterated, as texts are indexed. A stop word is one in any spelling. */
function inAnySpelling(text: string, toQuery: (spelled: (part: string) => Prisma.Sql) => Prisma.Sql): Prisma.Sql {
  const written = toQuery((part) => Prisma.sql`${part}`);
  if (isAscii(text)) return written;
  const folded = toQuery((part) => Prisma.sql`folded(${part})`);
  const transliterated = toQuery((part) => Prisma.sql`transliterated(${part})`);
  return Prisma.sql`(CASE WHEN numnode(${written}) = 0 THEN ''::tsquery ELSE ${written} || ${folded} || ${transliterated} END)`;
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text);
}

function isNamed(text: string): Prisma.Sql {
  return Prisma.sql`${NAME_KEY} = lower(${text})`;
}
