import type { FindVisual } from './ranking.js';
import type { SearchScope } from './search-scope.js';
import type { SearchTimes } from './search-times.js';
import { steadyList } from './steady-list.js';
import type { Viewer } from '../access/viewer.js';
import type { ModelEmbedding } from '../assets/asset-index.js';
import type { ServedModel } from '../assets/served-models.js';

/** What lies nearest to an embedding, of what a search looks among. */
export function findNearest(
  { libraryId }: Viewer,
  { index }: ServedModel,
  embedding: Promise<ModelEmbedding>,
  scope: SearchScope,
  times: SearchTimes,
): FindVisual {
  return steadyList(async (limit, offset) => {
    const [query, filter] = await Promise.all([embedding, scope.points()]);
    const page = { embedding: query, filter, limit, offset };
    return times.measure('vectorSearchMs', () => index.nearest(libraryId, page));
  });
}
