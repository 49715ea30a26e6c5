import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Asset } from './asset.types.js';
import { connectionOf, edgeOf } from './connection.types.js';
import { MatchKind } from './search.enums.js';
import type { Contributions } from '../search/fusion.js';
import { FUSED } from '../search/ranking.js';
import type { SearchMatch } from '../search/search-pages.js';
import type { SearchDurations } from '../search/search-times.js';

@ObjectType({
  simpleResolvers: true,
  description:
    'What the places of an asset count for: 1 / (60 + rank) in each ranking. HYBRID orders by the sum, but for exact names.',
})
export class EdgeExplanation implements Contributions {
  @Field(() => Float, { description: '0 without a place in the ranking by meaning.' })
  visual!: number;

  @Field(() => Float, { description: '0 without a place in the ranking by words.' })
  keyword!: number;
}

const inMs = (description: string) => ({ nullable: true, description });

@ObjectType({
  simpleResolvers: true,
  description:
    'Where the time of a search went, in milliseconds by the clock. Steps overlap; null for one that was not.',
})
export class SearchExplanation implements SearchDurations {
  @Field(() => Float, inMs('To wait for the embedding of the query; hardly any where its text was asked for before.'))
  encodeMs!: number | null;

  @Field(() => Float, inMs('In the vector store.'))
  vectorSearchMs!: number | null;

  @Field(() => Float, inMs('In Postgres, by words.'))
  keywordSearchMs!: number | null;

  @Field(() => Float, inMs('To read the assets that were found.'))
  rowsMs!: number | null;

  @Field(() => Float)
  totalMs!: number;
}

@ObjectType({ simpleResolvers: true })
export class SearchEdge extends edgeOf(Asset) {
  @Field(() => Float, {
    nullable: true,
    description:
      'Cosine of the two embeddings, -1 to 1. No probability: compare it within one model only. Always null in the mode KEYWORD, which compares none; else null only for an asset whose embedding is being made.',
  })
  score!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'How likely the picture fits the text by what it shows: 0 to 1, 0.5 is about as likely as not. Comparable between queries. Null where score is, with not, like or unlike, and in similarImages.',
  })
  relevance!: number | null;

  @Field(() => [MatchKind], { description: 'What found it: its place in the ranking by meaning, by words, or both.' })
  matchedBy!: readonly SearchMatch[];

  @Field(() => Int, {
    nullable: true,
    description: `Place in the ranking by meaning, from 1. HYBRID looks up the first ${FUSED} of each ranking.`,
  })
  visualRank!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: `Place in the ranking by words, from 1. HYBRID looks up the first ${FUSED} of each ranking.`,
  })
  keywordRank!: number | null;

  @Field(() => [Asset], {
    description:
      'With collapseNearDuplicates: the assets that show the same picture and meet the filter, whether or not the search itself would find them. No other edge stands for them. Else empty.',
  })
  nearDuplicates!: readonly Asset[];

  @Field(() => EdgeExplanation, { nullable: true, description: 'Null without explain.' })
  explanation!: EdgeExplanation | null;
}

@ObjectType({ simpleResolvers: true })
export class SearchConnection extends connectionOf(SearchEdge) {
  @Field(() => SearchExplanation, { nullable: true, description: 'Of this page; null without explain.' })
  durations!: SearchExplanation | null;
}
