import { describe, expect, it } from 'vitest';
import { parseConfig } from '#dist/config.js';

describe('the settings of S3', () => {
  it('are none without a bucket', () => expect(parseConfig({}).s3).toBeUndefined());

  it('have defaults that suit Amazon, and others that suit a compatible server', () => {
    expect(parseConfig({ S3_BUCKET: 'b' }).s3).toEqual({
      bucket: 'b',
      endpoint: undefined,
      region: 'us-east-1',
      credentials: undefined,
      prefix: '',
      forcePathStyle: false,
      delivery: 'proxy',
    });
    const compatible = parseConfig({ S3_BUCKET: 'b', S3_ENDPOINT: 'http://store:9000', S3_PREFIX: 'a/b' }).s3;
    expect(compatible).toMatchObject({ prefix: 'a/b/', forcePathStyle: true });
  });

  it('are refused together with all others that are wrong, without showing a secret', () => {
    const given = { PORT: 'x', S3_SECRET_ACCESS_KEY: 'hidden', S3_PREFIX: '../up', S3_ENDPOINT: 'ftp://store' };
    expect(() => parseConfig(given)).toThrowError(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/^(?!.*hidden).*PORT=.*S3_ENDPOINT=.*S3_PREFIX=.*S3_BUCKET=.*S3_ACCESS_KEY_ID=/),
      }),
    );
  });
});
