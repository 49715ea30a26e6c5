import type { ServerResponse } from 'node:http';
import { mayUpload, type Viewer } from '../access/viewer.js';
import { AfterimageError } from '../errors.js';

/** Of one key. */
const MAX_AT_ONCE = 32;

/**
 * Bounds what those who may not upload have on the disk: the picture of a question may be as large as an upload, is spooled
 * before anybody knows what for, and its client may take as long as it likes to send it.
 */
export class RequestsWithFiles {
  readonly #underWay = new Map<string | null, number>();

  /** @param response the request is under way until it closes @throws SERVER_BUSY */
  admit(viewer: Viewer, response: ServerResponse): void {
    // One whose client has gone while its key was looked up closes no more.
    if (mayUpload(viewer) || response.closed) return;
    const { keyId } = viewer;
    const count = this.#underWay.get(keyId) ?? 0;
    if (count >= MAX_AT_ONCE) {
      const message = `expected at most ${MAX_AT_ONCE} requests with a file at a time of a key below EDITOR, received one more`;
      throw new AfterimageError('SERVER_BUSY', message);
    }
    this.#underWay.set(keyId, count + 1);
    response.once('close', () => this.#leave(keyId));
  }

  #leave(keyId: string | null): void {
    const left = this.#underWay.get(keyId)! - 1;
    if (left > 0) this.#underWay.set(keyId, left);
    else this.#underWay.delete(keyId);
  }
}
