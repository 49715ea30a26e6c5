import { Repeater, SlidingBuffer } from '@graphql-yoga/subscription';
import type { Notices } from '../database/notices.js';

/** Events that a subscriber has not taken yet. One that is slow, or asleep, must not fill the memory. */
const MAX_WAITING = 1_000;

/** @param libraryId of those whom the event is for; undefined for everybody */
type Listener<Event> = (event: Event, libraryId?: string) => void;

/** Tells those who listen in this process of events of one kind. */
export class Topic<Event> {
  readonly #listeners = new Set<Listener<Event>>();
  readonly #subscribers = new Set<(event: Event) => void>();

  publish(event: Event, libraryId?: string): void {
    for (const listener of this.#listeners) listener(event, libraryId);
  }

  /** To whoever has subscribed, in whatever library. */
  publishToAll(event: Event): void {
    for (const push of this.#subscribers) push(event);
  }

  /** For as long as the process lives. */
  listen(listener: Listener<Event>): void {
    this.#listeners.add(listener);
  }

  /** What happens from now on, in order. A subscriber who is more than 1,000 events behind misses the oldest of them. */
  subscribe(libraryId?: string): AsyncIterableIterator<Event> {
    return new Repeater<Event>(async (push, stop) => {
      const subscriber = (event: Event) => void push(event);
      const listener: Listener<Event> = (event, ofLibraryId) => {
        if (ofLibraryId === libraryId) subscriber(event);
      };
      this.#subscribers.add(subscriber);
      this.#listeners.add(listener);
      await stop;
      this.#subscribers.delete(subscriber);
      this.#listeners.delete(listener);
    }, new SlidingBuffer(MAX_WAITING));
  }
}

/** Tells those who listen in whatever process, by notices of the same name: of each event the id of what it is about. */
export class SharedTopic extends Topic<string> {
  constructor(
    private readonly notices: Notices,
    private readonly name: string,
  ) {
    super();
    notices.listen(name, (text) => {
      const [libraryId, id] = JSON.parse(text) as [string, string];
      super.publish(id, libraryId);
    });
  }

  override publish(id: string, libraryId: string): void {
    this.notices.send(this.name, JSON.stringify([libraryId, id]));
  }
}
