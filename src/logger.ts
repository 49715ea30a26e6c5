import type { FastifyRequest } from 'fastify';
import { pino, type DestinationStream, type Level, type Logger, type LogFn } from 'pino';
import { AfterimageError } from './errors.js';
import { News } from './news.js';
import { awayPart, causeOf, isUnreachable, rootOf, withOutage } from './outages.js';

const WARN = 40;

/**
 * A log of JSON lines that holds no secret of a request, and of what a store fails with one line a minute for each cause.
 * Those that follow have the level `debug`, but for one that `isGivenUp`: nothing would ever say it again.
 */
export function createLogger(level: Level | 'silent', destination: DestinationStream): Logger {
  const news = new News();
  function logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn, levelNumber: number): void {
    const failure = levelNumber >= WARN && failureIn(args[0]);
    if (!failure) return method.apply(this, args);
    const [about, ...message] = args as unknown as [object & { readonly isGivenUp?: true }, string];
    if (!about.isGivenUp && !news.isNews(kindOf(failure))) return this.debug(about, ...message);
    // The stack of a connection and those of its causes would say where it was noticed, and nothing of what is away.
    const err = isUnreachable(failure) ? undefined : failure;
    method.call(this, { ...about, err, code: failure.code, cause: causeOf(failure) }, ...message);
  }
  return pino({ level, name: 'afterimage', serializers: { req: requestOf }, hooks: { logMethod } }, destination);
}

function failureIn(about: unknown): AfterimageError | undefined {
  const error = withOutage((about as { err?: unknown } | null)?.err);
  return error instanceof AfterimageError && awayPart(error) ? error : undefined;
}

/** Of whatever a connection ends with, the same: it is one thing that is away. */
function kindOf(failure: AfterimageError): string {
  if (isUnreachable(failure)) return failure.code;
  const { code, message } = rootOf(failure) as NodeJS.ErrnoException;
  return `${failure.code} ${code === failure.code ? message : (code ?? message)}`;
}

/** Without its query: the signature of a file's address opens it to everybody, and variables may be anything. */
function requestOf({ method, url, host, ip, socket }: FastifyRequest) {
  return { method, url: url.split('?')[0], host, remoteAddress: ip, remotePort: socket.remotePort };
}
