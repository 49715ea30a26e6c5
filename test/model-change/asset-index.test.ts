import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { AssetIndex } from '#dist/assets/asset-index.js';
import type { PrismaClient } from '#dist/database/database.js';
import type { VectorCollection } from '#dist/vectorstore/vectorstore.js';

// Neither the database nor the store is reached: that is what is tested.
const prisma = {} as PrismaClient;
const collection = { spec: { name: 'assets-one', dimension: 2, payload: {} } } as VectorCollection;

test('an embedding of another model is neither written nor asked with, whatever its length', async () => {
  const index = new AssetIndex(prisma, collection, 'one');
  const embedding = { modelId: 'other', vector: new Float32Array([1, 0]) };
  const refused = { code: 'MODEL_MISMATCH', message: 'expected one for the model of an embedding, received "other"' };
  await expect(index.put([{ assetId: randomUUID(), embedding }])).rejects.toMatchObject(refused);
  const query = { embedding, filter: { and: [] }, limit: 1, offset: 0 };
  await expect(index.nearest('library', query)).rejects.toMatchObject(refused);
  await expect(index.nearestEach('library', [embedding], 1)).rejects.toMatchObject(refused);
});

test('a model has its own collection and no other', () => {
  expect(() => new AssetIndex(prisma, collection, 'other')).toThrow(/expected assets-other/);
});
