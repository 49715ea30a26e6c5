import type { PrismaClient } from '#dist/database/database.js';
import type { ServerOptions } from './server.js';

/**
 * Libraries of one server that have nothing to do with one another, each with the key of an EDITOR of the same name.
 * @param fill what each has before the server starts
 */
export function inLibraries(
  fill: Readonly<Record<string, (prisma: PrismaClient, libraryId: string) => Promise<void>>>,
): Required<Pick<ServerOptions, 'keys' | 'prepare'>> {
  return {
    keys: Object.fromEntries(Object.keys(fill).map((library) => [library, { role: 'EDITOR', library }])),
    prepare: async (prisma) => {
      for (const [name, fillOne] of Object.entries(fill)) {
        const { id } = await prisma.library.findUniqueOrThrow({ where: { name } });
        await fillOne(prisma, id);
      }
    },
  };
}
