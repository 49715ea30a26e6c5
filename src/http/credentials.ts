import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../access/sign-in.js';

const ADDED_BY_PROXIES = /^(forwarded|via|x-real-ip|x-forwarded-.+)$/;

/** What a request, or the one that a WebSocket begins with, brings to be told by. */
export function credentialsOf({ headers, httpVersion }: IncomingMessage): Credentials {
  const { authorization, host, origin } = headers;
  // A proxy that adds no header, as nginx by default, speaks HTTP/1.0; no client of these days does.
  const isForwarded = httpVersion === '1.0' || Object.keys(headers).some((name) => ADDED_BY_PROXIES.test(name));
  return { authorization, host, origin, isForwarded };
}
