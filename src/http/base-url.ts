import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config.js';

/** The address of the server as the client of this request reaches it, without a slash at its end. */
export function baseUrlOf(config: Config, request: { headers: IncomingHttpHeaders }): string {
  return config.publicUrl ?? `http://${request.headers.host}`;
}
