import { Authorized, Ctx, Resolver, Root, Subscription } from 'type-graphql';
import type { RequestContext } from './context.js';
import type { AssetsService } from '../assets/assets.service.js';
import type { Topics } from '../events/topics.js';
import { Asset } from '../schema/asset.types.js';

@Resolver()
export class EventsResolver {
  constructor(private readonly assets: AssetsService) {}

  @Authorized('VIEWER')
  @Subscription(() => Asset, {
    topics: 'assetProcessed' satisfies keyof Topics,
    topicId: ({ context }: { context: RequestContext }) => context.viewer.libraryId,
    nullable: true,
    description:
      'Each asset that becomes READY or FAILED from now on; null for one that was deleted since. A client that is more ' +
      'than 1,000 behind misses the oldest: `assets` has them all.',
  })
  assetProcessed(@Ctx() { viewer }: RequestContext, @Root() id: string): Promise<Asset | null> {
    return this.assets.find(viewer, id);
  }
}
