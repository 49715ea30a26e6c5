import { afterAll, beforeAll } from 'vitest';
import { AfterimageProcess, type Environment } from './afterimage-process.js';
import { temporaryFolder } from './data-dir.js';
import { emptyServerDatabase } from '../../support/databases.js';
import { QdrantDouble } from '../../support/qdrant-double/server.js';
import { S3_BUCKET, S3_KEYS, startS3Server } from '../../support/s3-server.js';

/** Starts a process of the cluster. All of them have the same data directory. */
export type StartProcess = (role: 'all' | 'api' | 'worker', settings?: Environment) => AfterimageProcess;

/** The three servers that processes share, for the suite that calls it while it is collected. */
export function sharedServers() {
  const { url } = emptyServerDatabase();
  let qdrant: QdrantDouble;
  let s3: Awaited<ReturnType<typeof startS3Server>>;
  beforeAll(async () => {
    [qdrant, s3] = [await QdrantDouble.start(), await startS3Server()];
  });
  afterAll(async () => {
    await qdrant.close();
    await s3.close();
  });
  return {
    databaseUrl: url,
    qdrant: () => qdrant,
    s3: () => s3,
    cluster: async (): Promise<StartProcess> => {
      const DATA_DIR = await temporaryFolder();
      return (role, settings) =>
        new AfterimageProcess(['serve', '--role', role], {
          DATA_DIR,
          PORT: '0',
          DATABASE_URL: url,
          QDRANT_URL: qdrant.url,
          S3_BUCKET,
          S3_ENDPOINT: s3.endpoint,
          S3_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
          S3_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
          ...settings,
        });
    },
  };
}
