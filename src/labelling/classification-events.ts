import { createPubSub } from '@graphql-yoga/subscription';
import type { Notices } from '../database/notices.js';

const TOPIC = 'classificationProgress';

export type ClassificationEventTopics = {
  /** By library: a classification has come further, or to its end. */
  [TOPIC]: [libraryId: string, event: { readonly classificationId: string }];
};

/** Tells those who listen, in whatever process, how classifications of their library come along. */
export class ClassificationEvents {
  readonly #here = createPubSub<ClassificationEventTopics>();

  constructor(private readonly notices: Notices) {
    notices.listen(TOPIC, (text) => {
      const [libraryId, classificationId] = JSON.parse(text) as [string, string];
      this.#here.publish(TOPIC, libraryId, { classificationId });
    });
  }

  publish(libraryId: string, classificationId: string): void {
    this.notices.send(TOPIC, JSON.stringify([libraryId, classificationId]));
  }

  subscribe(libraryId: string) {
    return this.#here.subscribe(TOPIC, libraryId);
  }
}
