import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toDeletedPayload, toSavedSearchPayload } from './payloads.js';
import { WORK } from './work.js';
import type { SavedSearchesService } from '../collections/saved-searches.service.js';
import { argumentsOf } from '../collections/stored-query.js';
import type * as rows from '../database/generated/client.js';
import { PageArgs } from '../schema/asset.inputs.js';
import { SearchInput } from '../schema/collection.inputs.js';
import { DeletePayload, SavedSearch, SavedSearchConnection, SavedSearchPayload } from '../schema/collection.types.js';
import { JSONObject } from '../schema/scalars.js';
import { SearchConnection } from '../schema/search.types.js';
import type { SearchResult } from '../search/search.service.js';

@Resolver(() => SavedSearch)
export class SavedSearchesResolver {
  constructor(private readonly service: SavedSearchesService) {}

  @Authorized('VIEWER')
  @Query(() => SavedSearch, { nullable: true, description: 'One saved search; null when there is none.' })
  savedSearch(@Ctx() { viewer }: RequestContext, @Arg('id', () => ID) id: string): Promise<rows.SavedSearch | null> {
    return this.service.find(viewer, id);
  }

  @Authorized('VIEWER')
  @Query(() => SavedSearchConnection, { description: 'By name.' })
  savedSearches(@Ctx() { viewer }: RequestContext, @Args(() => PageArgs) page: PageArgs) {
    return this.service.list(viewer, page);
  }

  @FieldResolver(() => JSONObject, {
    complexity: WORK.stored,
    description: 'As SearchInput takes them, and searchByText as variables of these names.',
  })
  arguments(@Root() { query }: rows.SavedSearch): object {
    return argumentsOf(query);
  }

  // Not of a type without null: one search that cannot be answered would take the whole list along.
  @FieldResolver(() => SearchConnection, {
    complexity: WORK.search,
    nullable: true,
    description:
      'What searchByText answers to it now. Null, with its error, where that cannot be answered, as when an asset that it ' +
      'is steered by was deleted, or a later version stored it.',
  })
  results(
    @Root() savedSearch: rows.SavedSearch,
    @Ctx() { savedSearchPages }: RequestContext,
    @Args(() => PageArgs) { first, after }: PageArgs,
  ): Promise<SearchResult> {
    return savedSearchPages.load({ savedSearch, first, after });
  }

  @Authorized('EDITOR')
  @Mutation(() => SavedSearchPayload)
  async createSavedSearch(
    @Ctx() { viewer }: RequestContext,
    @Arg('name', () => String, { description: '1 to 200 characters.' }) name: string,
    @Arg('search', () => SearchInput) search: SearchInput,
  ) {
    return toSavedSearchPayload(await this.service.create(viewer, name, search));
  }

  @Authorized('EDITOR')
  @Mutation(() => SavedSearchPayload, { description: 'What is left out stays as it is.' })
  async updateSavedSearch(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
    @Arg('name', () => String, { nullable: true, description: '1 to 200 characters.' }) name?: string,
    @Arg('search', () => SearchInput, { nullable: true, description: 'Replaces all of its arguments.' })
    search?: SearchInput,
  ) {
    return toSavedSearchPayload(await this.service.update(viewer, id, { name, query: search }));
  }

  @Authorized('EDITOR')
  @Mutation(() => DeletePayload)
  async deleteSavedSearch(@Ctx() { viewer }: RequestContext, @Arg('id', () => ID) id: string): Promise<DeletePayload> {
    const { savedSearch, refusal } = await this.service.delete(viewer, id);
    return toDeletedPayload(savedSearch, refusal);
  }
}
