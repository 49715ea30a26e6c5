import type { Backgrounds } from './backgrounds.js';
import { checkQuery } from './check-query.js';
import { AUTO_RELEVANCE, cutOff, idsAbove, leastRelevance, type CutoffRequest } from './cutoff.js';
import { estimateTotal } from './estimated-total.js';
import type { KeywordIndex } from './keyword-index.js';
import { modelOfSearch } from './model-of-search.js';
import { findNearest } from './nearest.js';
import { hasClues, type Clues, type QueryClues } from './query-clues.js';
import { parseQuery } from './query-words.js';
import { askedAhead, fusedRanking, keywordRanking, visualRanking, type FindKeyword } from './ranking.js';
import { relevanceOf } from './relevance.js';
import { collapsed, type RankedSearch, type SearchRequest } from './search-pages.js';
import { SearchScope } from './search-scope.js';
import type { SearchTimes } from './search-times.js';
import type { QueryShape } from './slow-searches.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { ModelEmbedding } from '../assets/asset-index.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';
import { AfterimageError, expected } from '../errors.js';
import { dotProduct } from '../inference/vectors.js';
import { checkFirst } from '../pagination.js';

/** By what a text search finds: what pictures show, what is written of them, or both. */
export const SEARCH_MODES = ['SEMANTIC', 'KEYWORD', 'HYBRID'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

/**
 * The words of a query that HYBRID looks for misspelled too: so short a one may be a name. A longer one describes a picture,
 * hardly any asset has all of its words, and to look for what is written alike takes long in a large library.
 */
const MAX_MISSPELLED = 3;

export interface TextSearch extends SearchRequest, Clues, CutoffRequest {
  readonly query: string;
  /** HYBRID by default. */
  readonly mode?: SearchMode | null;
  /** Whether it was taken before: what is refused of a new one since is answered as it was then. */
  readonly isStored?: boolean;
}

export interface RankedText {
  readonly search: RankedSearch;
  readonly shape: QueryShape;
  /** About how many assets fit; null where nobody can say. */
  readonly estimate: () => Promise<number | null>;
}

/** What a text search has come to before a model is asked. */
interface Meaning extends Pick<RankedSearch, 'scope' | 'subject' | 'times'> {
  readonly text: string;
  /** Undefined for one that finds by meaning alone. */
  readonly findWords: FindKeyword | undefined;
  /** Undefined where it is not steered. */
  readonly clues: Clues | undefined;
  readonly least: number | undefined;
  readonly shape: QueryShape;
}

/** Ranks READY assets by what a text means, by its words, or by both. */
export class TextSearches {
  constructor(
    private readonly libraries: Libraries,
    private readonly models: ServedModels,
    private readonly clues: QueryClues,
    private readonly keywords: KeywordIndex,
    private readonly backgrounds: Backgrounds,
  ) {}

  /** @throws INVALID_ARGUMENT, INVALID_FILTER, INVALID_CURSOR, ASSET_NOT_FOUND, ASSET_NOT_READY, ASSET_FAILED */
  async rank(
    viewer: Viewer,
    { query, mode, not, like, unlike, cutoff, minRelevance, isStored, ...request }: TextSearch,
    times: SearchTimes,
  ): Promise<RankedText> {
    const text = checkQuery(query);
    checkFirst(request.first);
    const words = parseQuery(text);
    if (!words.hasMeaning && !isStored) throw onlyExcludes(query);
    const { libraryId } = viewer;
    const filter = request.filter ?? {};
    const isByWords = mode !== 'SEMANTIC';
    const excluded = isByWords && words.excluded.length > 0 ? this.keywords.excluding(words) : undefined;
    const scope = new SearchScope(this.libraries.rows(libraryId), libraryId, filter, excluded);
    const isLenient = mode === 'KEYWORD' || words.terms.length <= MAX_MISSPELLED;
    const wanted = { query: words, isLenient, filter };
    const findWords: FindKeyword = (limit, offset) =>
      times.measure('keywordSearchMs', () => this.keywords.find(libraryId, { ...wanted, limit, offset }));
    const clues = { not, like, unlike };
    const least = leastRelevance({ cutoff, minRelevance });
    const isSteered = hasClues(clues);
    checkTogether(mode, isSteered, least);
    const subject = ['text', mode ?? 'HYBRID', text, ...(isSteered ? [clues] : []), ...(least === undefined ? [] : [{ least }]), ...collapsed(request)]; // prettier-ignore
    const shape = { kind: 'text', mode: mode ?? 'HYBRID', queryLength: text.length } as const;
    if (mode === 'KEYWORD') {
      const search = { ranking: keywordRanking(findWords), scope, subject, times };
      return { search, shape, estimate: () => this.keywords.count(libraryId, wanted) };
    }
    return this.#byMeaning(viewer, request, {
      text: isByWords ? words.meaning : text,
      findWords: isByWords ? findWords : undefined,
      clues: isSteered ? clues : undefined,
      least,
      scope,
      subject,
      shape,
      times,
    });
  }

  async #byMeaning(
    viewer: Viewer,
    request: SearchRequest,
    { text, findWords, clues, least, scope, subject, shape, times }: Meaning,
  ): Promise<RankedText> {
    if (request.model == null) this.models.anticipate(text);
    const asked = modelOfSearch(this.models, subject, request);
    // Before the words: what is near waits for this, and an embedded database answers one question at a time.
    scope.points().catch(() => undefined);
    const findFused = findWords && askedAhead(findWords);
    const model = await asked;
    const embedding = times.measure('encodeMs', () =>
      clues ? this.clues.ofText(viewer, model, text, clues) : encode(model, text),
    );
    // Whoever waits for it later is told; until then a failure is not one that nobody takes.
    embedding.catch(() => undefined);
    const background = clues ? undefined : this.backgrounds.of(viewer, model);
    const relevance = background && relevanceWhen(embedding, background);
    const nearest = findNearest(viewer, model, embedding, scope, times);
    const leastScore = async () => (await relevance!).scoreAt(least ?? AUTO_RELEVANCE);
    const visual = least === undefined ? nearest : cutOff(nearest, leastScore);
    const scores = async (ids: readonly string[]) => scoresOf(model, await embedding, ids);
    const coverage =
      least === undefined
        ? {
            isWhole: () => scope.isEmbedded(model.id),
            of: async (ids: readonly string[]) => new Set((await scores(ids)).keys()),
          }
        : { isWhole: () => Promise.resolve(false), of: idsAbove(scores, leastScore) };
    return {
      search: {
        scope,
        ranking: findFused ? fusedRanking(visual, findFused, coverage) : visualRanking(visual),
        subject: [...subject, model.id],
        scores,
        relevance,
        times,
      },
      shape: { ...shape, modelId: model.id },
      estimate: async () => {
        if (!background) return null;
        return estimateTotal({
          nearest,
          among: (ids) => scope.among(ids),
          leastScore: await leastScore(),
          sample: async () => [...(await scores(await scope.sample())).values()],
          count: () => scope.count(),
        });
      },
    };
  }
}

function onlyExcludes(query: string): AfterimageError {
  const something = 'something to find beside what is excluded (a filter by "not" lists what has none of it)';
  return new AfterimageError('INVALID_ARGUMENT', expected(something, 'query', query));
}

/** What a relevance of is not known for, nothing can be cut off by it. @throws INVALID_ARGUMENT */
function checkTogether(mode: SearchMode | null | undefined, isSteered: boolean, least: number | undefined): void {
  if (!isSteered) return;
  if (mode === 'KEYWORD')
    throw new AfterimageError('INVALID_ARGUMENT', expected('no not, like or unlike', 'the mode KEYWORD', 'some'));
  if (least !== undefined)
    throw new AfterimageError('INVALID_ARGUMENT', expected('no not, like or unlike', 'a cutoff', 'some'));
}

function relevanceWhen(embedding: Promise<ModelEmbedding>, background: ReturnType<Backgrounds['of']>) {
  const relevance = Promise.all([embedding, background]).then(([{ vector }, found]) => relevanceOf(vector, found));
  relevance.catch(() => undefined);
  return relevance;
}

async function encode(model: ServedModel, text: string): Promise<ModelEmbedding> {
  const [vector] = await (await model.encoder()).encodeTexts([text]);
  return { modelId: model.id, vector: vector! };
}

async function scoresOf(
  { index }: ServedModel,
  { vector }: ModelEmbedding,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const found = await index.embeddings(ids);
  return new Map([...found].map(([id, other]) => [id, dotProduct(vector, other)]));
}
