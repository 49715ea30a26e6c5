import type { LibraryTransaction } from '../access/library-scope.js';

/** Puts assets into the trash, by the time of the database, as all else that is compared has. One that is there keeps its time. */
export async function putIntoTrash(
  transaction: LibraryTransaction,
  libraryId: string,
  ids: readonly string[],
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE "asset" SET "trashed_at" = now(), "updated_at" = now()
    WHERE "id" = ANY(${[...ids]}::uuid[]) AND "library_id" = ${libraryId}::uuid AND "trashed_at" IS NULL`;
}
