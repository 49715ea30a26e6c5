import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from '../resolvers/context.js';
import type { Outcome, WorkMeter } from '../metrics/work-meter.js';

/** Tells of each operation that Apollo answers. What is refused before it is read, as for its headers, is none. */
export function operationMeter(meter: Pick<WorkMeter, 'operation'>): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => {
      const beganAt = performance.now();
      return {
        willSendResponse: async ({ operation, response: { body } }) => {
          const { errors } = body.kind === 'single' ? body.singleResult : body.initialResult;
          // They are formatted by now, and have a code of ours each.
          const outcome = (errors?.[0]?.extensions?.['code'] ?? 'ok') as Outcome;
          meter.operation(operation?.operation ?? 'unknown', outcome, performance.now() - beganAt);
        },
      };
    },
  };
}
