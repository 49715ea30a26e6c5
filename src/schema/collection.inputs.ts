import { ArgsType, Field, Float, ID, InputType, Int } from 'type-graphql';
import { PageArgs } from './asset.inputs.js';
import { AssetFilterInput } from './filter.inputs.js';
import { DESCRIPTION_LIMIT } from './limits.js';
import { SearchCutoff, SearchMode } from './search.enums.js';
import { PictureClueInput, TextClueInput } from './search.inputs.js';
import type { CollectionFields } from '../collections/collections.service.js';
import { MAX_QUERY_LIMIT } from '../collections/query-runner.js';
import type { SavedQuery } from '../collections/saved-searches.service.js';
import type { StoredQuery } from '../collections/stored-query.js';
import type { SearchCutoff as SearchCutoffName } from '../search/cutoff.js';
import type { SearchMode as SearchModeName } from '../search/text-search.js';

@InputType()
abstract class QueryFields {
  @Field(() => SearchMode, { nullable: true })
  mode?: SearchModeName | null;

  @Field(() => SearchCutoff, { nullable: true })
  cutoff?: SearchCutoffName | null;

  @Field(() => Float, { nullable: true })
  minRelevance?: number | null;

  @Field(() => [TextClueInput], { nullable: true })
  not?: TextClueInput[] | null;

  @Field(() => [PictureClueInput], { nullable: true })
  like?: PictureClueInput[] | null;

  @Field(() => [PictureClueInput], { nullable: true })
  unlike?: PictureClueInput[] | null;

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput | null;
}

@InputType('SearchInput', { description: 'The arguments of searchByText.' })
export class SearchInput extends QueryFields implements SavedQuery {
  @Field(() => String)
  query!: string;
}

@InputType('CollectionQuery', { description: 'The arguments of searchByText, or a filter alone: the latest first.' })
export class CollectionQueryInput extends QueryFields implements StoredQuery {
  @Field(() => String, { nullable: true })
  query?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many of the best of a search by text, ${MAX_QUERY_LIMIT} at most; all by default.`,
  })
  limit?: number | null;
}

@InputType('CollectionInput')
export class CollectionInput implements CollectionFields {
  @Field(() => String, { description: '1 to 200 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: DESCRIPTION_LIMIT })
  description?: string | null;

  @Field(() => ID, { nullable: true, description: 'An asset to show for it, in it or not; by default its first.' })
  coverId?: string | null;

  @Field(() => CollectionQueryInput, { nullable: true, description: 'Makes it a smart one.' })
  query?: CollectionQueryInput | null;
}

@InputType('CollectionChanges', { description: 'A field left out stays as it is; null clears it.' })
export class CollectionChanges implements CollectionFields {
  @Field(() => String, { nullable: true, description: '1 to 200 characters.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: DESCRIPTION_LIMIT })
  description?: string | null;

  @Field(() => ID, { nullable: true })
  coverId?: string | null;

  @Field(() => CollectionQueryInput, { nullable: true, description: 'Of a smart collection only.' })
  query?: CollectionQueryInput | null;
}

@ArgsType()
export class CollectionMembersArgs {
  @Field(() => ID)
  id!: string;

  @Field(() => [ID], { description: '1 to 1,000.' })
  assetIds!: string[];
}

@ArgsType()
export class CollectionAssetsArgs extends PageArgs {
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Begins with what was added last. A smart collection has the order of its query.',
  })
  latestFirst!: boolean;
}
