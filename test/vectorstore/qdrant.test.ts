import { afterAll, beforeAll, describe } from 'vitest';
import { QdrantVectorStore } from '#dist/vectorstore/qdrant.js';
import { describeVectorStore } from '../contract/vectorstore.contract.js';
import { QdrantDouble } from '../support/qdrant-double/server.js';

describe('a double of Qdrant', () => {
  let double: QdrantDouble;
  beforeAll(async () => {
    double = await QdrantDouble.start();
  });
  afterAll(() => double.close());
  describeVectorStore('Qdrant', () =>
    QdrantVectorStore.open({ url: double.url, quantisation: 'none', isOnDisk: false }),
  );
});
