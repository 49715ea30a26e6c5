import { createPubSub, type PubSub } from '@graphql-yoga/subscription';
import type { Notices } from '../database/notices.js';

/** By topic: the library that it is for, and what happened in it. */
export type AssetEventTopics = {
  /** An asset has become READY or FAILED. */
  assetProcessed: [libraryId: string, event: { readonly assetId: string }];
};

/** Tells those who listen, in whatever process, what happens to the assets of their library. */
export type AssetEvents = PubSub<AssetEventTopics>;

const TOPIC = 'assetProcessed';

export function createAssetEvents(notices: Notices): AssetEvents {
  const here = createPubSub<AssetEventTopics>();
  onAssetProcessed(notices, (libraryId, assetId) => here.publish(TOPIC, libraryId, { assetId }));
  return {
    ...here,
    publish: (topic, libraryId, { assetId }) => notices.send(topic, JSON.stringify([libraryId, assetId])),
  };
}

/** For as long as the process lives. */
export function onAssetProcessed(notices: Notices, listener: (libraryId: string, assetId: string) => void): void {
  notices.listen(TOPIC, (text) => listener(...(JSON.parse(text) as [string, string])));
}
