import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import processRequest from 'graphql-upload/processRequest.mjs';
import { MAX_DEPTH } from './check-depth.js';
import { isNested } from '../count-values.js';
import { requestRefusal } from './request-refusal.js';
import type { Viewer } from '../access/viewer.js';
import { AfterimageError } from '../errors.js';
import { parseJson } from '../parse-json.js';

/** Of the map, for each file: {"999":["variables.files.999"]} takes 30. */
const MAX_CHARACTERS_PER_FILE = 300;

export interface MultipartLimits extends Record<'maxFieldSize' | 'maxFiles' | 'maxFileSize', number> {
  /** Whose request has these. */
  readonly role: Viewer['role'];
  /** Aborted with why no more of it is taken: files that have not come whole by then fail with that. */
  readonly signal: AbortSignal;
}

type FieldListener = (name: string, value: string, info: object) => void;

/**
 * @returns the operation of a multipart request, with its files in their places
 * @throws GRAPHQL_INVALID, what the signal was aborted with, and the library's errors with a status
 */
export async function readMultipart(request: IncomingMessage, response: ServerResponse, limits: MultipartLimits) {
  let refusal: Error | undefined;
  onParser(request, (parser) => {
    limits.signal.addEventListener('abort', () => parser.destroy(limits.signal.reason as Error));
    interceptFields(parser, (listener) => (name, value, info) => {
      refusal ??= fieldRefusal(name, value, limits);
      // Without an object in its place, the library refuses the request by itself.
      listener(name, refusal ? 'null' : value, info);
    });
  });
  try {
    return await processRequest(request, response, limits);
  } catch (thrown) {
    if (refusal) throw refusal;
    if (thrown instanceof AfterimageError) throw thrown;
    const cause = thrown as Error & { status?: number };
    // The parser's own complaints about a body come without a status.
    if (cause.status) throw cause;
    const message = `expected a multipart request for the body, received another one: ${cause.message}`;
    throw new AfterimageError('GRAPHQL_INVALID', message, { cause });
  }
}

/** The library listens to a parser before it pipes the request into it, and shows it to nobody. */
function onParser(request: IncomingMessage, act: (parser: Writable) => void): void {
  const pipe = request.pipe.bind(request);
  request.pipe = (parser) => {
    act(parser as unknown as Writable);
    return pipe(parser);
  };
}

function interceptFields(parser: Writable, intercepted: (listener: FieldListener) => FieldListener): void {
  for (const listener of parser.listeners('field') as FieldListener[])
    parser.off('field', listener).on('field', intercepted(listener));
}

function fieldRefusal(name: string, text: string, limits: MultipartLimits): Error | undefined {
  // The parser has put it where there were no letters. Who means the character itself can write it as \ufffd.
  if (text.includes('\uFFFD'))
    return new AfterimageError('GRAPHQL_INVALID', `expected UTF-8 for the field ${name}, received other bytes`);
  return name === 'map' ? mapRefusal(text, limits) : undefined;
}

/**
 * Why the library may not follow a map. It copies the rest of a path at each level: one path of 200,000 levels would take
 * more memory than there is, and the process with it. What else is wrong with a map the library says.
 */
function mapRefusal(text: string, { maxFiles, role }: MultipartLimits): Error | undefined {
  const map = parseJson(text);
  const entries: unknown[] = isNested(map) ? Object.values(map) : [];
  if (entries.length > maxFiles) {
    const limit = `no more files than ${maxFiles} in a request for the role ${role}`;
    return requestRefusal(413, `expected ${limit}, received ${entries.length}`);
  }
  const most = MAX_CHARACTERS_PER_FILE * maxFiles;
  if (text.length > most) return invalid(`at most ${most} characters`, String(text.length));
  const levels = entries.flat().map((path) => (typeof path === 'string' ? path.split('.').length : 0));
  return levels.every((count) => count <= MAX_DEPTH)
    ? undefined
    : invalid(`at most ${MAX_DEPTH} levels in each path`, 'more');
}

function invalid(what: string, received: string): AfterimageError {
  return new AfterimageError('GRAPHQL_INVALID', `expected ${what} for the map of files, received ${received}`);
}
