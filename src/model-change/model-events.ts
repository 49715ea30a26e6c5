import { createPubSub, type PubSub } from '@graphql-yoga/subscription';
import type { ModelProgress } from './model-progress.js';

export type ModelEventTopics = {
  /** A model has come further, or into another state. Each process finds it out by itself. */
  modelChange: [model: ModelProgress];
};

export type ModelEvents = PubSub<ModelEventTopics>;

export function createModelEvents(): ModelEvents {
  return createPubSub<ModelEventTopics>();
}
