import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.js';
import { AfterimageError } from '../errors.js';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'this user may not use that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
};

/** @returns the address that clients use @throws ADDRESS_UNAVAILABLE */
export async function listen(server: FastifyInstance, { host, port, publicUrl }: Config): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const reason = REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? (cause as Error).message;
    throw new AfterimageError('ADDRESS_UNAVAILABLE', `expected to listen on ${host} port ${port}, but ${reason}`, {
      cause,
    });
  }
  if (publicUrl) return publicUrl;
  const { port: actualPort } = server.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;
}
