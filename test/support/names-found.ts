import type { TestServer } from './server.js';

export const SEARCH_FOR_NAMES = `query ($query: String!, $mode: SearchMode, $first: Int) {
  searchByText(query: $query, mode: $mode, first: $first) { edges { node { originalName } } } }`;

/** The file names that a search finds, best first. */
export async function namesFound(
  server: TestServer,
  variables: { readonly query: string; readonly mode?: string; readonly first?: number },
): Promise<string[]> {
  const { searchByText } = await server.data(SEARCH_FOR_NAMES, variables);
  return searchByText.edges.map(({ node }: { node: { originalName: string } }) => node.originalName);
}
