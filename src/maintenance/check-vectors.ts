import { isDeepStrictEqual } from 'node:util';
import type { Finding } from './finding.js';
import type { LibraryParts } from './library-parts.js';
import { assetsToBeTold, stillThere } from './owners.js';
import { assetPages } from '../assets/asset-pages.js';
import type { Asset } from '../database/generated/client.js';
import type { Payload } from '../vectorstore/vectorstore.js';

/** READY assets whose embedding by a model is missing, or filtered by something else than the row says. */
export async function* checkVectors(library: LibraryParts): AsyncIterable<Finding[]> {
  const { prisma, modelId } = library;
  const where = { state: 'READY', embeddings: { some: { modelId, failureCode: null } } } as const;
  for await (const assets of assetPages(prisma, where)) {
    const suspects = await examine(library, assets);
    if (suspects.length === 0) continue;
    // Once more: it may have changed meanwhile. What has changed has a job that tells the vector store, but no job brings an
    // embedding back of which the row says that it is there: it was there before the row was.
    const ids = suspects.map(({ subject }) => subject);
    // Before: a job may end after the vectors are read. After: it may begin with a row that is read here.
    const before = await assetsToBeTold(prisma, ids);
    const findings = await examine(library, await stillThere(prisma, ids, where));
    const after = await assetsToBeTold(prisma, ids);
    const isToBeTold = (id: string) => before.has(id) || after.has(id);
    yield findings.filter(({ kind, subject }) => kind === 'vector-missing' || !isToBeTold(subject));
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
