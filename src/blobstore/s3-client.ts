import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientOptions, S3Timeouts } from './s3-options.js';
import { AfterimageError } from '../errors.js';

// A part of 5 MiB passes in a minute at 0.7 Mbit/s.
const TIMEOUTS: S3Timeouts = { connectMs: 5_000, answerMs: 60_000 };

export function createS3Client({ timeouts = TIMEOUTS, ...options }: S3ClientOptions): S3Client {
  // A client that downloads slowly holds its connection: with a bound, enough of them would stop every upload.
  const agent = { maxSockets: Infinity };
  // The lock file says which release of the SDK this is, and that one runs on every Node that this program runs on.
  // oxlint-disable-next-line no-restricted-properties -- there is no other switch for its warning about later ones
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const client = new S3Client({
    region: options.region,
    forcePathStyle: options.forcePathStyle,
    ...(options.endpoint && { endpoint: options.endpoint }),
    // A copy, because the SDK writes into it and the configuration is frozen.
    ...(options.credentials && { credentials: { ...options.credentials } }),
    retryMode: 'standard',
    maxAttempts: 3,
    // Many compatible servers refuse the newer checksums. Bodies are covered all the same: the signature has their SHA-256.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: timeouts.connectMs,
      requestTimeout: timeouts.answerMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeouts.answerMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  sayWhere(client, options.endpoint ? new URL(options.endpoint).origin : `Amazon S3 in ${options.region}`);
  return client;
}

/** S3's own errors, and the network's, name neither the bucket nor the server. */
function sayWhere(client: S3Client, server: string): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const { Bucket: bucket } = args.input as { Bucket?: string };
        if (error instanceof Error && !(error instanceof AfterimageError))
          error.message = `${error.message || error.name} (bucket ${bucket} at ${server})`;
        throw error;
      }
    },
    { step: 'initialize', name: 'sayWhere' },
  );
}
