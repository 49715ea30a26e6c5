import { expect } from 'vitest';
import type { TestServer } from './server.js';

export const SEARCH_FOR_NAMES = `query ($query: String!, $mode: SearchMode, $first: Int) {
  searchByText(query: $query, mode: $mode, first: $first) {
    edges { node { originalName } } estimatedTotal pageInfo { hasNextPage } } }`;

/** The file names that a search finds, best first; by words alone it is to count as many. */
export async function namesFound(
  server: TestServer,
  variables: { readonly query: string; readonly mode?: string; readonly first?: number },
  key?: string,
): Promise<string[]> {
  const { searchByText } = await server.data(SEARCH_FOR_NAMES, variables, key);
  const { edges, estimatedTotal, pageInfo } = searchByText;
  if (variables.mode === 'KEYWORD' && !pageInfo.hasNextPage) expect(estimatedTotal, variables.query).toBe(edges.length);
  return edges.map(({ node }: { node: { originalName: string } }) => node.originalName);
}
