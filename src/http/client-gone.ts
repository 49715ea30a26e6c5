import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { AfterimageError } from '../errors.js';

/** @returns a signal that is aborted when the connection has ended before the answer was sent whole */
export function goneBefore(response: ServerResponse): AbortSignal {
  return goneWhen(response, () => !response.writableFinished);
}

/** @param connection it says `close` @returns a signal that is aborted then, where the client has not had what it asked for */
export function goneWhen(connection: EventEmitter, isUnanswered: () => boolean = () => true): AbortSignal {
  const controller = new AbortController();
  connection.once('close', () => {
    if (isUnanswered())
      controller.abort(
        new AfterimageError('REQUEST_ABANDONED', 'expected a client that waits for its answer, received its end'),
      );
  });
  return controller.signal;
}
