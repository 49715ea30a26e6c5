import type { FastifyRequest } from 'fastify';
import { pino, type DestinationStream, type Level, type Logger, type LogFn } from 'pino';
import { AfterimageError } from './errors.js';
import { awayPart, causeOf, withOutage } from './outages.js';

/** Without a failure of its kind for so long, an outage is over; the next one is news. */
const QUIET_MS = 60_000;
const WARN = 40;

/**
 * A log of JSON lines that holds no secret of a request, and of an outage one line: the first failure, with its cause.
 * Those that follow have the level `debug`.
 */
export function createLogger(level: Level | 'silent', destination: DestinationStream): Logger {
  const lastAt = new Map<string, number>();
  const isNews = (code: string): boolean => {
    const before = lastAt.get(code) ?? -Infinity;
    lastAt.set(code, Date.now());
    return Date.now() - before >= QUIET_MS;
  };
  function logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn, levelNumber: number): void {
    const outage = levelNumber >= WARN && outageIn(args[0]);
    if (!outage) return method.apply(this, args);
    const [about, ...message] = args as unknown as [object, string];
    if (!isNews(outage.code)) return this.debug(about, ...message);
    // Its stack and those of its causes would say where it was noticed, and nothing of what is away.
    method.call(this, { ...about, err: undefined, code: outage.code, cause: causeOf(outage) }, ...message);
  }
  return pino({ level, name: 'afterimage', serializers: { req: requestOf }, hooks: { logMethod } }, destination);
}

function outageIn(about: unknown): AfterimageError | undefined {
  const error = withOutage((about as { err?: unknown } | null)?.err);
  return error instanceof AfterimageError && awayPart(error) ? error : undefined;
}

/** Without its query: the signature of a file's address opens it to everybody, and variables may be anything. */
function requestOf({ method, url, host, ip, socket }: FastifyRequest) {
  return { method, url: url.split('?')[0], host, remoteAddress: ip, remotePort: socket.remotePort };
}
