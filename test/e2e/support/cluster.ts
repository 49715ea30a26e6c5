import { afterAll, beforeAll } from 'vitest';
import { AfterimageProcess, type Environment, type WhenOver } from './afterimage-process.js';
import { temporaryFolder } from './data-dir.js';
import { emptyServerDatabase } from '../../support/databases.js';
import { QdrantDouble } from '../../support/qdrant-double/server.js';
import { S3_BUCKET, S3_KEYS, startS3Server } from '../../support/s3-server.js';

/** Starts a process of the cluster. All of them have the same data directory. */
export type StartProcess = (role: 'all' | 'api' | 'worker', settings?: Environment) => AfterimageProcess;

export type SharedServers = ReturnType<typeof sharedServers>;

/** The three servers that processes share, for the suite that calls it while it is collected. */
export function sharedServers(database: { readonly url: string } = emptyServerDatabase()) {
  let qdrant: QdrantDouble;
  let s3: Awaited<ReturnType<typeof startS3Server>>;
  beforeAll(async () => {
    [qdrant, s3] = [await QdrantDouble.start(), await startS3Server()];
  });
  afterAll(async () => {
    await qdrant.close();
    await s3.close();
  });
  const settings = (): Environment => ({
    DATABASE_URL: database.url,
    QDRANT_URL: qdrant.url,
    S3_BUCKET,
    S3_ENDPOINT: s3.endpoint,
    S3_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
    S3_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
  });
  return {
    get databaseUrl() {
      return database.url;
    },
    qdrant: () => qdrant,
    s3: () => s3,
    /** Of a command beside the processes of the cluster. */
    settings,
    cluster: async (whenOver?: WhenOver): Promise<StartProcess> => {
      const DATA_DIR = await temporaryFolder(whenOver);
      return (role, more) =>
        new AfterimageProcess(['serve', '--role', role], { DATA_DIR, PORT: '0', ...settings(), ...more }, whenOver);
    },
  };
}
