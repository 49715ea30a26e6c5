import type { Config } from '../config.js';

type Places = Pick<Config, 'dataDir' | 'databaseUrl' | 's3' | 'qdrant'>;

/** Where rows, files and embeddings are kept, without user, password and key. */
export function whereDataIs({ dataDir, databaseUrl, s3, qdrant }: Places): string {
  if (!databaseUrl && !s3 && !qdrant) return dataDir;
  return [
    `rows in ${databaseUrl ? `Postgres${databaseAt(databaseUrl)}` : dataDir}`,
    `files in ${s3 ? `the bucket ${s3.bucket}${s3.endpoint ? ` at ${new URL(s3.endpoint).origin}` : ''}` : dataDir}`,
    `embeddings in ${qdrant ? `Qdrant at ${new URL(qdrant.url).origin}` : dataDir}`,
  ].join(', ');
}

/** Postgres takes addresses, with several hosts for example, that are no URL. */
function databaseAt(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return '';
  const { host, pathname } = new URL(databaseUrl);
  return host ? ` at ${host}${pathname}` : '';
}
