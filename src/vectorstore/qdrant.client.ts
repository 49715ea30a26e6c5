import { QdrantClient } from '@qdrant/js-client-rest';
import { AfterimageError } from '../errors.js';
import { qdrant } from './qdrant.failure.js';

export interface QdrantOptions {
  /** http or https; 6333 where it names no port. A path is kept. */
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** What the names of this installation's collections begin with there; nothing where it is not given. */
  readonly collectionPrefix?: string | undefined;
  /** Shards of a new collection; Qdrant's own default (one a node) where it is not given. */
  readonly shardCount?: number | undefined;
  /** Copies of every shard of a new collection; 1 where it is not given. */
  readonly replicaCount?: number | undefined;
  /** Copies that have to have a write before it counts, for a new collection; 1 where it is not given. */
  readonly writeConsistency?: number | undefined;
  /** int8: a copy of the vectors at a quarter of their size is searched in memory, and the best are scored anew. */
  readonly quantisation: 'none' | 'int8';
  /** Whether the full vectors of a new collection are read from the disk instead of held in memory. */
  readonly isOnDisk: boolean;
  /** Edges of a node in the graph of a new collection; 16 where it is not given. */
  readonly hnswM?: number | undefined;
  /** Candidates looked at when the graph of a new collection is built; 100 where it is not given. */
  readonly hnswEfConstruct?: number | undefined;
  /** Candidates looked at in a search; as when building where it is not given. */
  readonly hnswEf?: number | undefined;
}

/** What Qdrant gives up after; a bit less than the client waits, so that its answer says why. */
export const SERVER_TIMEOUT_S = 25;
const CLIENT_TIMEOUT_MS = 30_000;
const DEFAULT_PORT = 6333;
// The minor release of the client, which is made for servers of one release more or less.
export const CLIENT_MINOR = 18;

/**
 * Connects to a server that the client is made for, and that takes the key.
 * @throws VECTOR_STORE_FAILED
 */
export async function connect(options: QdrantOptions): Promise<QdrantClient> {
  const { protocol, hostname, pathname } = new URL(options.url);
  // URL drops a port that is its protocol's own, and the client would then take Qdrant's.
  const port = /^https?:\/\/[^/]*:(\d+)/.exec(options.url)?.[1] ?? DEFAULT_PORT;
  if (options.apiKey && protocol === 'http:' && !isLoopback(hostname))
    process.emitWarning(
      `the API key of Qdrant goes to ${hostname} without encryption: use https beyond a private network`,
    );
  const client = new QdrantClient({
    url: `${protocol}//${hostname}`,
    port: Number(port),
    prefix: pathname.replace(/\/+$/, ''),
    timeout: CLIENT_TIMEOUT_MS,
    // Given as a header, because given as a key the client warns on the console, of loopback addresses too.
    ...(options.apiKey && { headers: { 'api-key': options.apiKey } }),
    // It would only print a warning.
    checkCompatibility: false,
  });
  const { version } = await qdrant('say its version', () => client.versionInfo());
  assertVersion(version);
  // The version is told to everybody; this needs the key.
  await qdrant('list its aliases', () => client.getAliases());
  return client;
}

function assertVersion(version: string): void {
  const [major, minor] = /^v?(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  if (major === 1 && minor !== undefined && Math.abs(minor - CLIENT_MINOR) <= 1) return;
  throw new AfterimageError(
    'VECTOR_STORE_FAILED',
    `expected Qdrant 1.${CLIENT_MINOR - 1} to 1.${CLIENT_MINOR + 1}, received ${JSON.stringify(version)}`,
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
