import { Args, Authorized, Ctx, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import type { ExploringService } from '../exploring/exploring.service.js';
import { AssetConnection } from '../schema/asset.types.js';
import { ClustersArgs, MapArgs, RandomAssetsArgs, TimelineArgs } from '../schema/exploring.inputs.js';
import { MapClusters, PictureClusters, Timeline } from '../schema/exploring.types.js';

@Resolver()
export class ExploringResolver {
  constructor(private readonly exploring: ExploringService) {}

  @Authorized('VIEWER')
  @Query(() => Timeline, { description: 'How many assets were captured when.' })
  timeline(@Ctx() { viewer }: RequestContext, @Args(() => TimelineArgs) args: TimelineArgs): Promise<Timeline> {
    return this.exploring.timeline(viewer, args);
  }

  @Authorized('VIEWER')
  @Query(() => MapClusters, {
    description: 'The assets of a box on a map, put together by cells of 64 pixels of Web Mercator at that zoom.',
  })
  map(@Ctx() { viewer }: RequestContext, @Args(() => MapArgs) args: MapArgs): Promise<MapClusters> {
    return this.exploring.map(viewer, args);
  }

  @Authorized('VIEWER')
  @Query(() => AssetConnection, { description: 'Assets in an order that chance makes, and a seed repeats.' })
  async randomAssets(
    @Ctx() { viewer }: RequestContext,
    @Args(() => RandomAssetsArgs) args: RandomAssetsArgs,
  ): Promise<AssetConnection> {
    return { ...(await this.exploring.random(viewer, args)), ...(args.filter && { filter: args.filter }) };
  }

  @Authorized('VIEWER')
  @Query(() => PictureClusters, {
    description:
      'READY assets in groups of pictures that are alike, by the active model. The same library gives the same. SERVER_BUSY while many are asked for.',
  })
  async clusters(
    @Ctx() { viewer }: RequestContext,
    @Args(() => ClustersArgs) args: ClustersArgs,
  ): Promise<PictureClusters> {
    const { groups, sampleSize } = await this.exploring.groups(viewer, args);
    return { clusters: groups.map((group) => ({ ...group, size: group.assetIds.length })), sampleSize };
  }
}
