import type { QdrantClient, Schemas } from '@qdrant/js-client-rest';
import { AfterimageError } from '../errors.js';
import { SERVER_TIMEOUT_S } from './qdrant.client.js';
import { hasId, toQdrant } from './qdrant.filter.js';
import type { Row, Write } from './queued-collection.js';

// The order of writes to one point is the same on every replica: nothing would ever notice that two of them differ.
const WRITE = { wait: true, ordering: 'strong', timeout: SERVER_TIMEOUT_S } as const;

/**
 * Does one write, and waits for it.
 * @param rows points, changes, ids or filters, as `kind` asks for; no id comes twice
 */
export async function write(client: QdrantClient, name: string, kind: Write, rows: readonly Row[]): Promise<void> {
  const results = [await send(client, name, kind, rows)].flat();
  const unfinished = results.find(({ status }) => status !== 'completed');
  // Taken, and perhaps done later: whoever asked has to ask again to know.
  if (unfinished)
    throw new AfterimageError(
      'VECTOR_STORE_FAILED',
      `expected Qdrant to finish a write (${kind}), received ${unfinished.status}`,
    );
}

function send(
  client: QdrantClient,
  name: string,
  kind: Write,
  rows: readonly Row[],
): Promise<Schemas['UpdateResult'] | Schemas['UpdateResult'][]> {
  if (kind === 'delete') return client.delete(name, { ...WRITE, points: rows.map(({ id }) => id) });
  if (kind === 'deleteMatching') {
    const condition = toQdrant({ or: rows.map(({ filter }) => filter!) });
    if (condition === false) return Promise.resolve([]);
    // A filter without conditions is met by every point.
    return client.delete(name, { ...WRITE, filter: condition === true ? {} : condition });
  }
  if (kind === 'setPayload') {
    // By filter, because an id that is not there fails the whole request.
    const operations = rows.map(({ id, payload }) => ({
      overwrite_payload: { payload: { ...payload }, filter: { must: [hasId([id])] } },
    }));
    return client.batchUpdate(name, { ...WRITE, operations });
  }
  const points = rows.map(({ id, vector, payload }) => ({ id, vector: Array.from(vector!), payload: { ...payload } }));
  return client.upsert(name, { ...WRITE, points });
}
