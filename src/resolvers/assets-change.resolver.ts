import { Arg, Authorized, Ctx, Extensions, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import type { RequestContext } from './context.js';
import type { ChangedAssets } from '../assets/changed-assets.js';
import { MAX_CHANGED, type AssetChangeKind as Kind, type AssetsChange as Change } from '../events/assets-change.js';
import type { Topics } from '../events/topics.js';
import { Asset, AssetsChange } from '../schema/asset.types.js';
import { AssetChangeKind } from '../schema/enums.js';

@Resolver(() => AssetsChange)
export class AssetsChangeResolver {
  constructor(private readonly changed: ChangedAssets) {}

  @Authorized('VIEWER')
  @Subscription(() => AssetsChange, {
    topics: 'assetsChanged' satisfies keyof Topics,
    topicId: ({ context }: { context: RequestContext }) => context.viewer.libraryId,
    filter: ({ payload, args }: { payload: Change; args: { kinds?: Kind[] | null } }) =>
      payload.kind === 'MISSED' || (args.kinds?.includes(payload.kind) ?? true),
    description:
      'What is done to assets from now on, by whomever, in the order in which it is done: one event for up to 180 assets ' +
      'that are changed at once. MISSED comes whatever is asked for: read anew what you show. A client that is more than ' +
      '1,000 events behind misses the oldest, and one that connects again what happened meanwhile: `assets` has what there is.',
  })
  assetsChanged(
    @Root() change: Change,
    @Arg('kinds', () => [AssetChangeKind], { nullable: true, description: 'All where they are left out.' })
    _kinds?: Kind[] | null,
  ): AssetsChange {
    return change;
  }

  @Extensions({ length: MAX_CHANGED })
  @FieldResolver(() => [Asset], { description: 'Those of them that are still there, in the order of their ids.' })
  assets(@Root() change: Change, @Ctx() { viewer }: RequestContext): Promise<Asset[]> {
    return this.changed.of(viewer, change);
  }
}
