import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Extensions,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import type { RequestContext } from './context.js';
import { toCollectionAssetsPayload, toCollectionPayload, toDeletedPayload } from './payloads.js';
import { WORK } from './work.js';
import type { CollectionsService } from '../collections/collections.service.js';
import { argumentsOf } from '../collections/stored-query.js';
import type * as rows from '../database/generated/client.js';
import { PageArgs } from '../schema/asset.inputs.js';
import { Asset } from '../schema/asset.types.js';
import {
  CollectionAssetsArgs,
  CollectionChanges,
  CollectionInput,
  CollectionMembersArgs,
} from '../schema/collection.inputs.js';
import {
  Collection,
  CollectionAssetConnection,
  CollectionAssetsPayload,
  CollectionConnection,
  CollectionPayload,
  DeletePayload,
} from '../schema/collection.types.js';
import { JSONObject } from '../schema/scalars.js';

@Resolver(() => Collection)
export class CollectionsResolver {
  constructor(private readonly service: CollectionsService) {}

  @Authorized('VIEWER')
  @Query(() => Collection, { nullable: true, description: 'One collection; null when there is none.' })
  collection(@Ctx() { viewer }: RequestContext, @Arg('id', () => ID) id: string): Promise<Collection | null> {
    return this.service.find(viewer, id);
  }

  @Authorized('VIEWER')
  @Query(() => CollectionConnection, { description: 'By name.' })
  collections(@Ctx() { viewer }: RequestContext, @Args(() => PageArgs) page: PageArgs): Promise<CollectionConnection> {
    return this.service.list(viewer, page);
  }

  // Not of a type without null: one collection that cannot be answered would take the whole list along.
  @FieldResolver(() => CollectionAssetConnection, {
    complexity: WORK.list,
    nullable: true,
    description:
      'In the order in which they were added, or that of its query. Those in the trash are left out. Null, with its error, ' +
      'where its query cannot be answered, as when an asset that it is steered by was deleted, or a later version stored it.',
  })
  assets(
    @Root() collection: rows.Collection,
    @Ctx() { collectionPages }: RequestContext,
    @Args(() => CollectionAssetsArgs) { latestFirst, ...page }: CollectionAssetsArgs,
  ): Promise<CollectionAssetConnection> {
    return collectionPages.load({ collection, isLatestFirst: latestFirst, ...page });
  }

  @FieldResolver(() => Int, {
    complexity: WORK.list,
    nullable: true,
    description:
      'Exact. Null for a smart collection by text: a search is not counted. Null, with its error, where its query cannot be ' +
      'answered.',
  })
  assetCount(@Root() collection: rows.Collection, @Ctx() { collectionCounts }: RequestContext): Promise<number | null> {
    return collectionCounts.load(collection);
  }

  @FieldResolver(() => Asset, {
    complexity: WORK.list,
    nullable: true,
    description:
      'The asset to show for it; its first where none was chosen, or that one is in the trash: null, with its error, where ' +
      'its query cannot be answered.',
  })
  async cover(
    @Root() collection: rows.Collection,
    @Ctx() { assetsById, collectionPages }: RequestContext,
  ): Promise<Asset | null> {
    const chosen = collection.coverId === null ? null : await assetsById.load(collection.coverId);
    const shown = chosen?.trashedAt ? null : chosen;
    return shown ?? (await collectionPages.load({ collection, first: 1 })).edges[0]?.node ?? null;
  }

  @FieldResolver(() => JSONObject, {
    complexity: WORK.stored,
    nullable: true,
    description: 'That of a smart collection, as CollectionQuery takes it; null for one of chosen assets.',
  })
  query(@Root() { query }: rows.Collection): object | null {
    return query === null ? null : argumentsOf(query);
  }

  @Authorized('EDITOR')
  @Mutation(() => CollectionPayload)
  async createCollection(
    @Ctx() { viewer }: RequestContext,
    @Arg('input', () => CollectionInput) input: CollectionInput,
  ): Promise<CollectionPayload> {
    return toCollectionPayload(await this.service.create(viewer, input));
  }

  @Authorized('EDITOR')
  @Mutation(() => CollectionPayload)
  async updateCollection(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => CollectionChanges) input: CollectionChanges,
  ): Promise<CollectionPayload> {
    return toCollectionPayload(await this.service.update(viewer, id, input));
  }

  @Authorized('EDITOR')
  @Mutation(() => DeletePayload, { description: 'Its assets stay in the library.' })
  async deleteCollection(@Ctx() { viewer }: RequestContext, @Arg('id', () => ID) id: string): Promise<DeletePayload> {
    const { collection, refusal } = await this.service.delete(viewer, id);
    return toDeletedPayload(collection, refusal);
  }

  @Extensions({ length: 'assetIds' })
  @Authorized('EDITOR')
  @Mutation(() => CollectionAssetsPayload, {
    description: 'Puts up to 1,000 assets behind those that are in a collection. One that is in it stays where it is.',
  })
  async addToCollection(
    @Ctx() { viewer }: RequestContext,
    @Args(() => CollectionMembersArgs) { id, assetIds }: CollectionMembersArgs,
  ): Promise<CollectionAssetsPayload> {
    return toCollectionAssetsPayload(await this.service.add(viewer, id, assetIds), { assetIds });
  }

  @Extensions({ length: 'assetIds' })
  @Authorized('EDITOR')
  @Mutation(() => CollectionAssetsPayload, {
    description: 'Takes up to 1,000 assets out of a collection. One that is not in it stays out of it.',
  })
  async removeFromCollection(
    @Ctx() { viewer }: RequestContext,
    @Args(() => CollectionMembersArgs) { id, assetIds }: CollectionMembersArgs,
  ): Promise<CollectionAssetsPayload> {
    return toCollectionAssetsPayload(await this.service.remove(viewer, id, assetIds), { assetIds });
  }
}
