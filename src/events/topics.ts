import { SharedTopic, Topic } from './topic.js';
import type { Notices } from '../database/notices.js';
import type { ModelProgress } from '../model-change/model-progress.js';

/** What clients can subscribe to, by the names of the subscriptions. */
export interface Topics {
  /** An asset has become READY or FAILED. */
  readonly assetProcessed: SharedTopic;
  /** A classification has come further, or to its end. */
  readonly classificationProgress: SharedTopic;
  /** A model has come further, or into another state. Each process finds it out by itself. */
  readonly modelChange: Topic<ModelProgress>;
}

export function createTopics(notices: Notices): Topics {
  return {
    assetProcessed: new SharedTopic(notices, 'assetProcessed'),
    classificationProgress: new SharedTopic(notices, 'classificationProgress'),
    modelChange: new Topic(),
  };
}
