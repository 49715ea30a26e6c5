import type { IncomingHttpHeaders } from 'node:http';
import { AfterimageError } from '../errors.js';

const HEADERS = ['x-apollo-operation-name', 'apollo-require-preflight'];
/** A page may send these to any other origin without asking it first. */
const SIMPLE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/**
 * Refuses what any page, form or link can have a browser send, by the rule of Apollo at /graphql.
 * @throws GRAPHQL_INVALID
 */
export function requirePreflight(headers: IncomingHttpHeaders): void {
  const type = headers['content-type']?.split(';')[0]!.trim().toLowerCase();
  if (type !== undefined && !SIMPLE_TYPES.includes(type)) return;
  if (HEADERS.some((name) => headers[name])) return;
  throw new AfterimageError(
    'GRAPHQL_INVALID',
    'expected the header Apollo-Require-Preflight: true for a request by GET, received none',
  );
}
