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
import { toDeletePayload, toPayload, toUpdatePayload } from './payloads.js';
import { WORK } from './work.js';
import type { AssetsService } from '../assets/assets.service.js';
import { AssetInput, AssetsArgs, AssetsInput, IdsArgs } from '../schema/asset.inputs.js';
import { Asset, AssetConnection } from '../schema/asset.types.js';
import { UP_TO_MAX_FIRST } from '../schema/limits.js';
import { AssetsPayload, DeleteAssetsPayload, UpdateAssetPayload } from '../schema/payload.types.js';

@Resolver(() => AssetConnection)
export class AssetsResolver {
  constructor(private readonly assets: AssetsService) {}

  @Authorized('VIEWER')
  @Query(() => Asset, { nullable: true, description: 'One asset, in the trash or not; null when there is none.' })
  asset(@Ctx() { viewer }: RequestContext, @Arg('id', () => ID) id: string): Promise<Asset | null> {
    return this.assets.find(viewer, id);
  }

  @Extensions({ length: 'ids' })
  @Authorized('VIEWER')
  @Query(() => [Asset], {
    nullable: 'items',
    description:
      'These assets, in the trash or not, in the order of the ids; null in the place of one that is not there.',
  })
  assetsByIds(
    @Ctx() { viewer }: RequestContext,
    @Arg('ids', () => [ID], { description: UP_TO_MAX_FIRST }) ids: string[],
  ): Promise<(Asset | null)[]> {
    return this.assets.findPage(viewer, ids);
  }

  @Authorized('VIEWER')
  @Query(() => AssetConnection, { name: 'assets' })
  async list(@Ctx() { viewer }: RequestContext, @Args(() => AssetsArgs) args: AssetsArgs): Promise<AssetConnection> {
    const { filter, orderBy: order, first, after } = args;
    return { ...(await this.assets.list(viewer, { filter, order, first, after })), filter };
  }

  @FieldResolver(() => Int, { complexity: WORK.list, description: 'Exact.' })
  totalCount(@Ctx() { viewer }: RequestContext, @Root() { filter }: AssetConnection): Promise<number> {
    return this.assets.count(viewer, filter);
  }

  @Authorized('EDITOR')
  @Mutation(() => UpdateAssetPayload)
  async updateAsset(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => AssetInput) input: AssetInput,
  ): Promise<UpdateAssetPayload> {
    return toUpdatePayload(await this.assets.update(viewer, id, input), { id });
  }

  @Extensions({ length: 'ids' })
  @Authorized('EDITOR')
  @Mutation(() => AssetsPayload, {
    description:
      'Says the same of up to 1,000 assets; each keeps its other tags. One that would have more than 200 tags is left as it ' +
      'is, as TOO_MANY_TAGS, and the others are done. Of long texts they are changed in portions, each whole: where one fails ' +
      'after others were done, its assets and those after it are in `userErrors` as DATABASE_FAILED or INTERNAL, and may be ' +
      'asked for again.',
  })
  async updateAssets(
    @Ctx() { viewer }: RequestContext,
    @Args(() => IdsArgs) { ids }: IdsArgs,
    @Arg('input', () => AssetsInput) input: AssetsInput,
  ): Promise<AssetsPayload> {
    return toPayload(await this.assets.updateMany(viewer, ids, input), { ids });
  }

  @Extensions({ length: 'ids' })
  @Authorized('EDITOR')
  @Mutation(() => AssetsPayload, { description: 'Puts up to 1,000 assets in the trash: out of sight, nothing lost.' })
  async trashAssets(@Ctx() { viewer }: RequestContext, @Args(() => IdsArgs) { ids }: IdsArgs): Promise<AssetsPayload> {
    return toPayload(await this.assets.trash(viewer, ids), { ids });
  }

  @Extensions({ length: 'ids' })
  @Authorized('EDITOR')
  @Mutation(() => AssetsPayload, { description: 'Takes up to 1,000 assets out of the trash.' })
  async restoreAssets(
    @Ctx() { viewer }: RequestContext,
    @Args(() => IdsArgs) { ids }: IdsArgs,
  ): Promise<AssetsPayload> {
    return toPayload(await this.assets.restore(viewer, ids), { ids });
  }

  @Extensions({ length: 'ids' })
  @Authorized('EDITOR')
  @Mutation(() => AssetsPayload, { description: 'Tries FAILED assets once more, up to 1,000.' })
  async retryAssets(@Ctx() { viewer }: RequestContext, @Args(() => IdsArgs) { ids }: IdsArgs): Promise<AssetsPayload> {
    return toPayload(await this.assets.retry(viewer, ids), { ids });
  }

  @Extensions({ length: 'ids' })
  @Authorized('ADMIN')
  @Mutation(() => DeleteAssetsPayload, {
    description: 'Deletes up to 1,000 assets for good: rows, files and embeddings, in the trash or not.',
  })
  async deleteAssets(
    @Ctx() { viewer }: RequestContext,
    @Args(() => IdsArgs) { ids }: IdsArgs,
  ): Promise<DeleteAssetsPayload> {
    return toDeletePayload(await this.assets.delete(viewer, ids), { ids });
  }
}
