import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AfterimageError, expected } from './errors.js';
import { parseJson } from './parse-json.js';

export const DEFAULT_FIRST = 50;
export const MAX_FIRST = 200;
const PREFIX = 'ai1.';

export interface PageRequest {
  /** How many; 50 by default, 200 at most. */
  readonly first?: number | null;
  /** The cursor of the edge before the page. */
  readonly after?: string | null;
}

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

/** A page of a Relay connection (https://relay.dev/graphql/connections.htm), forward only. */
export interface Page<E extends { readonly cursor: string }> {
  readonly edges: readonly E[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** @throws INVALID_ARGUMENT */
export function checkFirst(first: number | null | undefined): number {
  const count = first ?? DEFAULT_FIRST;
  if (!Number.isInteger(count) || count < 1 || count > MAX_FIRST)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`a whole number from 1 to ${MAX_FIRST}`, 'first', first));
  return count;
}

/** @param found up to `first + 1` edges: the one too many says that there is a next page */
export function toPage<E extends { readonly cursor: string }>(found: readonly E[], request: PageRequest): Page<E> {
  const first = checkFirst(request.first);
  const edges = found.slice(0, first);
  return {
    edges,
    pageInfo: {
      hasNextPage: found.length > first,
      hasPreviousPage: request.after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/**
 * A page of what was found by one statement and read by another: what was deleted in between is left out, and the page
 * goes on where it would have.
 *
 * @param found up to `first + 1`, as for `toPage`
 */
export function toPresentPage<Node>(
  found: readonly { readonly cursor: string; readonly node: Node | undefined }[],
  request: PageRequest,
): Page<Edge<Node>> {
  const { edges, pageInfo } = toPage(found, request);
  return { edges: edges.flatMap(({ cursor, node }) => (node === undefined ? [] : { cursor, node })), pageInfo };
}

/**
 * Makes and reads the cursors of one list. A cursor is opaque to clients; one of another list, or one that a client
 * made up, is refused.
 *
 * @param list what the list depends on (kind, order, query): cursors of another one do not fit
 * @param position what a cursor says
 */
export function cursorsOf<Position>(list: readonly unknown[], position: z.ZodType<Position>) {
  const fingerprint = createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 8);
  const schema = z.tuple([z.literal(fingerprint), position]);
  const parse = (cursor: string) =>
    schema.safeParse(
      parseJson(cursor.startsWith(PREFIX) ? Buffer.from(cursor.slice(PREFIX.length), 'base64url').toString() : ''),
    );
  return {
    fits: (cursor: string): boolean => parse(cursor).success,
    encode: (value: Position): string =>
      PREFIX + Buffer.from(JSON.stringify([fingerprint, value])).toString('base64url'),
    /** @throws INVALID_CURSOR */
    decode: (cursor: string): Position => {
      const parsed = parse(cursor);
      if (!parsed.success)
        throw new AfterimageError('INVALID_CURSOR', expected('a cursor of this very list', 'after', cursor));
      return parsed.data[1];
    },
  };
}

/** A time in a cursor, in epoch milliseconds: what Postgres takes, with years of four digits. */
export const timePosition = z
  .int()
  .min(Date.parse('0001-01-01T00:00:00.000Z'))
  .max(Date.parse('9999-12-31T23:59:59.999Z'));
