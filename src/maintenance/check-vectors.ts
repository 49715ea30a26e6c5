import { isDeepStrictEqual } from 'node:util';
import type { Finding } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { settledAssets } from './owners.js';
import { assetPages } from '../assets/asset-pages.js';
import type { Asset } from '../database/generated/client.js';
import type { Payload } from '../vectorstore/vectorstore.js';

/** READY assets whose embedding by a model is missing, or filtered by something else than the row says. */
export async function* checkVectors(library: LibraryParts): AsyncIterable<Finding[]> {
  const { prisma, modelId } = library;
  const embedded = { embeddings: { some: { modelId, failureCode: null } } };
  for await (const assets of assetPages(prisma, { state: 'READY', ...embedded })) {
    const suspects = await examine(library, assets);
    if (suspects.length === 0) continue;
    // Once more: what has changed meanwhile has a job that tells the vector store.
    const ids = suspects.map(({ subject }) => subject);
    const settled = await settledAssets(prisma, ids);
    yield await examine(
      library,
      settled.filter(({ state }) => state === 'READY'),
    );
  }
}

async function examine({ collection, index }: LibraryParts, assets: readonly Asset[]): Promise<Finding[]> {
  const expected = await index.payloads(assets);
  const points = await collection.get(assets.map(({ id }) => id));
  const stored = new Map(points.map(({ id, payload }) => [id, payload]));
  return assets.flatMap(({ id }, position): Finding[] => {
    const payload = stored.get(id);
    if (!payload) return [{ kind: 'vector-missing', subject: id }];
    const isSame = isDeepStrictEqual(comparable(payload), comparable(expected[position]!));
    return isSame ? [] : [{ kind: 'vector-outdated', subject: id }];
  });
}

/** Lists are sets here, and a store may give its fields back in another order. */
function comparable(payload: Payload): Map<string, unknown> {
  return new Map(Object.entries(payload).map(([name, value]) => [name, Array.isArray(value) ? new Set(value) : value]));
}
