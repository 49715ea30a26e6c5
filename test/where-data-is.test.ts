import { expect, it } from 'vitest';
import { whereDataIs } from '#dist/cli/where-data-is.js';
import { parseConfig } from '#dist/config.js';

const where = (settings: Record<string, string>) => whereDataIs(parseConfig({ DATA_DIR: '/data', ...settings }));

it('rows, files and embeddings are in the data directory, or in the store that is named, without its secrets', () => {
  expect(where({})).toBe('/data');
  expect(where({ S3_BUCKET: 'b' })).toBe('rows in /data, files in the bucket b, embeddings in /data');
  expect(
    where({
      DATABASE_URL: 'postgres://user:secret@host:6432/name?password=secret',
      QDRANT_URL: 'https://:secret@vectors.example/',
      S3_BUCKET: 'b',
      S3_ENDPOINT: 'http://user:secret@store:9000/',
    }),
  ).toBe(
    'rows in Postgres at host:6432/name, files in the bucket b at http://store:9000, embeddings in Qdrant at https://vectors.example',
  );
  expect(where({ DATABASE_URL: 'postgres://user:secret@a:1,b:2/name' })).toBe(
    'rows in Postgres, files in /data, embeddings in /data',
  );
});
