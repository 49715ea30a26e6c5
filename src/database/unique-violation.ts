import { Prisma } from './generated/client.js';

/** Whether another row has already what was to be unique. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  if (error.code === 'P2002') return true;
  // Of a raw statement the client says no more than what its driver said.
  const driverError = error.meta?.['driverAdapterError'] as { readonly cause?: { readonly kind?: string } } | undefined;
  return driverError?.cause?.kind === 'UniqueConstraintViolation';
}
