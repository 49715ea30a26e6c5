import { parseAssetsChange, type AssetsChange } from './assets-change.js';
import { SharedTopic, Topic } from './topic.js';
import { MISSED, type Notices } from '../database/notices.js';
import type { ModelProgress } from '../model-change/model-progress.js';

/** What clients can subscribe to, by the names of the subscriptions. */
export interface Topics {
  /** Assets were changed, by whatever process: triggers of the database tell all of them. */
  readonly assetsChanged: Topic<AssetsChange>;
  /** An asset has become READY or FAILED. */
  readonly assetProcessed: SharedTopic;
  /** A classification has come further, or to its end. */
  readonly classificationProgress: SharedTopic;
  /** A model has come further, or into another state. Each process finds it out by itself. */
  readonly modelChange: Topic<ModelProgress>;
}

export function createTopics(notices: Notices): Topics {
  const assetsChanged = new Topic<AssetsChange>();
  notices.listen('assetsChanged', (text) => {
    const { libraryId, ...change } = parseAssetsChange(text);
    assetsChanged.publish(change, libraryId);
  });
  notices.listen(MISSED, () => assetsChanged.publishToAll({ kind: 'MISSED', assetIds: [] }));
  return {
    assetsChanged,
    assetProcessed: new SharedTopic(notices, 'assetProcessed'),
    classificationProgress: new SharedTopic(notices, 'classificationProgress'),
    modelChange: new Topic(),
  };
}
