import { Prisma } from './generated/client.js';

/** Whether another row has already what was to be unique. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}
