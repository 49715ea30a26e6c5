import { createPubSub, type PubSub } from '@graphql-yoga/subscription';

/** By topic: the library that it is for, and what happened in it. */
export type AssetEventTopics = {
  /** An asset has become READY or FAILED. */
  assetProcessed: [libraryId: string, event: { readonly assetId: string }];
};

/** Tells those who listen in this process what happens to the assets of their library. */
export type AssetEvents = PubSub<AssetEventTopics>;

export function createAssetEvents(): AssetEvents {
  return createPubSub<AssetEventTopics>();
}
