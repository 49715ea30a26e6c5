import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { AfterimageError, expected } from '../errors.js';

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]*)/i;
/** With ASCII, every text of which is UTF-8. */
const UTF8 = /^(?:utf-?8|us-ascii)$/i;

/**
 * Has bodies of JSON read as UTF-8 and refused as anything else (RFC 8259, section 8.1): decoded all the same, each letter
 * beyond ASCII would be stored as U+FFFD.
 */
export function readJsonAsUtf8(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      checkCharset(request.headers['content-type']);
      void parse(request, utf8Text(body), done);
    } catch (error) {
      done(error as Error);
    }
  });
}

/** @throws GRAPHQL_INVALID for another charset than UTF-8 */
function checkCharset(contentType: string | undefined): void {
  const charset = CHARSET.exec(contentType ?? '')?.[1];
  if (charset !== undefined && !UTF8.test(charset))
    throw new AfterimageError('GRAPHQL_INVALID', expected('"utf-8"', 'the charset of the content type', charset));
}

/** @throws GRAPHQL_INVALID for what is no UTF-8 */
function utf8Text(body: Buffer): string {
  if (isUtf8(body)) return body.toString();
  throw new AfterimageError('GRAPHQL_INVALID', 'expected UTF-8 for the body, received other bytes');
}
