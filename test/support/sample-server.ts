import type { DatabaseLocation } from '#dist/database/database.js';
import { sample } from './pictures.js';
import { startServer, type TestServer } from './server.js';

/** An edge of a search that compares embeddings. */
export interface ScoredEdge {
  readonly score: number;
  readonly cursor: string;
  readonly node: { readonly id: string; readonly originalName: string };
}

/** @returns a server with these sample pictures, all READY, and their ids by name */
export async function startSampleServer(
  database: DatabaseLocation,
  names: readonly string[],
): Promise<{ server: TestServer; ids: Map<string, string> }> {
  const server = await startServer({ database });
  const added = await server.add(names.map(sample));
  return { server, ids: new Map(names.map((name, index) => [name, added[index]!])) };
}
