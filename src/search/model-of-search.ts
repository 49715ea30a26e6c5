import { depthsOf, type SearchRequest } from './search-pages.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';

/** Pages of one search are of one model, also where another has become the active one in between. */
export async function modelOfSearch(
  models: ServedModels,
  subject: readonly unknown[],
  { model, after, filter }: SearchRequest,
): Promise<ServedModel> {
  const asked = await models.find(model);
  if (model != null || after == null) return asked;
  const isOf = ({ id }: ServedModel) => depthsOf([...subject, id], filter ?? {}).fits(after);
  return isOf(asked) ? asked : ((await models.all()).find(isOf) ?? asked);
}
