import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import type { Environment } from './afterimage-process.js';
import { emptyDataDir, temporaryFolder } from './data-dir.js';
import { emptyServerDatabase } from '../../support/databases.js';
import { QdrantDouble } from '../../support/qdrant-double/server.js';
import { S3_BUCKET, S3_KEYS, startS3Server } from '../../support/s3-server.js';

export interface Installation {
  /** The settings of empty stores; to be called once, in a test. */
  settings(): Promise<Environment>;
  /** Makes a file in the blob store as old as this year. */
  age(environment: Environment, key: string): Promise<void>;
}

const LONG_AGO = new Date('2026-01-01T00:00:00Z');

/** Runs a suite with all in a data directory, and with Postgres (skipped without one) and doubles of Qdrant and S3. */
export function describeOnEveryInstallation(title: string, suite: (installation: Installation) => void): void {
  describe(`${title}, embedded`, () => suite(embedded));
  describe.skipIf(inject('server') === null)(`${title}, in production`, () => suite(production()));
}

export const embedded: Installation = {
  settings: async () => ({ DATA_DIR: await emptyDataDir(), PORT: '0' }),
  age: (environment, key) => utimes(join(environment['DATA_DIR']!, 'files', 'blobs', key), LONG_AGO, LONG_AGO),
};

/** For the suite that calls it while it is collected. */
export function production(): Installation {
  const database = emptyServerDatabase();
  let s3: Awaited<ReturnType<typeof startS3Server>>;
  let qdrant: QdrantDouble;
  beforeAll(async () => {
    [s3, qdrant] = await Promise.all([startS3Server(), QdrantDouble.start()]);
  });
  afterAll(() => Promise.all([s3.close(), qdrant.close()]));
  return {
    settings: async () => ({
      DATA_DIR: await temporaryFolder(),
      PORT: '0',
      DATABASE_URL: database.url,
      QDRANT_URL: qdrant.url,
      S3_ENDPOINT: s3.endpoint,
      S3_BUCKET,
      S3_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
      S3_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
    }),
    age: async (_environment, key) => {
      s3.store.objects.set(key, { ...s3.store.objects.get(key)!, modifiedAt: LONG_AGO });
    },
  };
}
