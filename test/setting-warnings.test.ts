import { describe, expect, it } from 'vitest';
import { SETTINGS } from '#dist/config.js';
import { settingWarnings } from '#dist/setting-warnings.js';

const stranger = (name: string, known?: string) =>
  `${name} is no setting and is passed over: ${known ? `${known} is one` : '--help shows those there are'}`;
const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'x']));

describe('variables that look like settings and are none', () => {
  it.each([
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['DATABASE_ULR', 'DATABASE_URL'],
    ['DATADIR', 'DATA_DIR'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['MAX_UPLAOD_BYTE', 'MAX_UPLOAD_BYTES'],
    ['S3_BUKET', 'S3_BUCKET'],
    ['S3_ACCESS_KEY', 'S3_ACCESS_KEY_ID'],
    ['S3_HOSTNAME', undefined],
    ['QDRANT_URLS', 'QDRANT_URL'],
    ['QDRANT_HOST', undefined],
  ])('are named with the one that may be meant: %s', (name, known) => {
    expect(settingWarnings(named(name), {})).toEqual([stranger(name, known)]);
  });

  it('are not those of other programs, nor settings', () => {
    const others =
      `PATH HOSTNAME HOME LANG TMPDIR NODE_ENV NODE_OPTIONS DATABASE_PASSWORD DATABASE_NAME DATABASE_SSL DB_URL
      GH_TOKEN PORTS MODELS HOSTS S3FS_BUCKET AWS_S3_BUCKET AWS_REGION PGHOST npm_config_cache QDRANT_SERVICE_HOST
      QDRANT_SERVICE_PORT_HTTP QDRANT_PORT QDRANT_PORT_6333_TCP_ADDR QDRANT__SERVICE__API_KEY`.split(/\s+/);
    expect(settingWarnings(named(...others), {})).toEqual([]);
    expect(settingWarnings(named(...SETTINGS.map(({ name }) => name)), {})).toEqual([]);
  });

  it('are of another program where what may be meant is set', () => {
    expect(settingWarnings(named('DATABASE_URI', 'DATABASE_URL'), {})).toEqual([]);
    expect(settingWarnings(named('DATABASE_URI'), named('DATABASE_URL'))).toEqual([]);
    expect(settingWarnings(named('S3_BUCKETS', 'S3_BUCKET'), {})).toEqual([stranger('S3_BUCKETS')]);
  });
});

it('a store whose variable is empty is named, where the command would use it', () => {
  const empty = { DATABASE_URL: '', QDRANT_URL: '', S3_BUCKET: '', S3_PREFIX: '' };
  expect(settingWarnings(empty, empty)).toEqual(
    ['DATABASE_URL', 'QDRANT_URL', 'S3_BUCKET'].map(
      (name) => `${name} is set but empty: what it is for is in the data directory`,
    ),
  );
  expect(settingWarnings(empty, {})).toEqual([]);
  expect(settingWarnings(empty, named('DATABASE_URL', 'QDRANT_URL', 'S3_BUCKET'))).toEqual([]);
});
