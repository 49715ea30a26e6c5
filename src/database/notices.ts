/** On which the processes of an installation notify each other, and triggers of the database all of them. */
export const CHANNEL = 'afterimage';

/** The topic of what a process tells itself when it was away, and may have missed what others sent. */
export const MISSED = 'missed';

/** A message to whoever listens to its topic: a few words, no more than 7,000 bytes. */
export type NoticeListener = (text: string) => void;

/**
 * Tells all processes of an installation what has just happened. Nothing is kept: who does not listen at that moment
 * misses it, so a notice is never the only way to find something out.
 */
export interface Notices {
  /** Listeners in this process are called at once, those in others soon after. */
  send(topic: string, text: string): void;
  /** For as long as the process lives. */
  listen(topic: string, listener: NoticeListener): void;
  /** Resolves when what was sent is on its way. */
  close(): Promise<void>;
}

/** @throws SyntaxError for what is none @returns who sent a notice, its topic and its text */
export function parseNotice(payload: string): [sender: string, topic: string, text: string] {
  return JSON.parse(payload) as [string, string, string];
}

/** Notices where there is only one process. */
export class LocalNotices implements Notices {
  readonly #listeners: { readonly topic: string; readonly listener: NoticeListener }[] = [];

  send(topic: string, text: string): void {
    for (const each of this.#listeners) if (each.topic === topic) each.listener(text);
  }

  listen(topic: string, listener: NoticeListener): void {
    this.#listeners.push({ topic, listener });
  }

  async close(): Promise<void> {}
}
