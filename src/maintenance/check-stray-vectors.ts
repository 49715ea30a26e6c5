import type { Finding } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { knownLibraries, vectorOwners } from './owners.js';
import { flat, inPages } from '../pages.js';
import { LIBRARY_FIELD } from '../access/library-scope.js';

/** Embeddings without rows. */
export async function* checkStrayVectors({ prisma, collection }: LibraryParts): AsyncIterable<Finding[]> {
  for await (const ids of inPages(flat(collection.scrollIds()))) {
    const owners = await vectorOwners(prisma, ids);
    const suspects = ids.filter((id) => !owners.has(id));
    if (suspects.length === 0) continue;
    // What was removed since it was listed is none.
    const points = await collection.get(suspects);
    const libraryOf = ({ payload }: (typeof points)[number]) => String(payload[LIBRARY_FIELD]);
    const libraries = await knownLibraries(prisma, points.map(libraryOf));
    yield points.map((point) => ({
      kind: libraries.has(libraryOf(point)) ? 'vector-stray' : 'vector-foreign',
      subject: point.id,
    }));
  }
}
