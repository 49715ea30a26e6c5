import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { formatError } from './graphql-errors.js';
import type { AfterimageError } from '../errors.js';

/** Answers a request for another protocol, which Node hands over as a socket and nothing else, and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: AfterimageError, log: Logger): void {
  const body = JSON.stringify({ errors: [formatError(error, log)] });
  const head = [
    `HTTP/1.1 ${error.httpStatus} ${STATUS_CODES[error.httpStatus]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  // A client that has gone meanwhile is not told; without a listener its error would end the process.
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
