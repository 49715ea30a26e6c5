import { describe, expect, test } from 'vitest';
import { parseConfig } from '#dist/config.js';

describe('the settings of Qdrant', () => {
  test('turn it on by its address', () => {
    expect(parseConfig({}).qdrant).toBeUndefined();
    expect(
      parseConfig({ QDRANT_URL: 'https://q:443', QDRANT_API_KEY: 'k', QDRANT_ON_DISK: 'true', QDRANT_REPLICAS: '2' })
        .qdrant,
    ).toMatchObject({ url: 'https://q:443', apiKey: 'k', isOnDisk: true, replicaCount: 2, quantisation: 'none' });
  });

  test('are refused together, and the key is not shown', () => {
    const refused = (environment: Record<string, string>) => {
      try {
        return parseConfig(environment);
      } catch (error) {
        return String(error);
      }
    };
    const message = refused({ QDRANT_URL: 'ftp://q', QDRANT_API_KEY: 'a secret', QDRANT_HNSW_M: '1', PORT: 'x' });
    for (const name of ['QDRANT_URL', 'QDRANT_API_KEY', 'QDRANT_HNSW_M', 'PORT']) expect(message).toContain(name);
    expect(message).not.toContain('a secret');
    expect(refused({ QDRANT_URL: 'http://user:word@q' })).not.toContain('word');
    expect(refused({ QDRANT_API_KEY: 'secret-key' })).toContain('(expected beside QDRANT_API_KEY)');
    expect(refused({ QDRANT_QUANTISATION: 'int8' })).toContain('(expected beside QDRANT_QUANTISATION)');
    expect(refused({ QDRANT_URL: 'http://q', QDRANT_COLLECTION_PREFIX: 'a/b' })).toContain('QDRANT_COLLECTION_PREFIX');
    expect(refused({ QDRANT_URL: 'http://q', QDRANT_WRITE_CONSISTENCY: '2' })).toContain('QDRANT_REPLICAS');
  });
});
