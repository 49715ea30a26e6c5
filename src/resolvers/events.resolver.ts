import { Authorized, Ctx, Resolver, Root, Subscription } from 'type-graphql';
import type { RequestContext } from './context.js';
import type { AssetEventTopics } from '../assets/asset-events.js';
import type { AssetsService } from '../assets/assets.service.js';
import { Asset } from '../schema/asset.types.js';

@Resolver()
export class EventsResolver {
  constructor(private readonly assets: AssetsService) {}

  @Authorized('VIEWER')
  @Subscription(() => Asset, {
    topics: 'assetProcessed' satisfies keyof AssetEventTopics,
    topicId: ({ context }: { context: RequestContext }) => context.viewer.libraryId,
    nullable: true,
    description: 'Each asset that becomes READY or FAILED from now on; null for one that was deleted since.',
  })
  assetProcessed(
    @Ctx() { viewer }: RequestContext,
    @Root() { assetId }: AssetEventTopics['assetProcessed'][1],
  ): Promise<Asset | null> {
    return this.assets.find(viewer, assetId);
  }
}
