import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientOptions, S3Timeouts } from './s3-options.js';

// A part of 5 MiB passes in a minute at 0.7 Mbit/s.
const TIMEOUTS: S3Timeouts = { connectMs: 5_000, answerMs: 60_000 };

export function createS3Client({ timeouts = TIMEOUTS, ...options }: S3ClientOptions): S3Client {
  // A client that downloads slowly holds its connection: with a bound, enough of them would stop every upload.
  const agent = { maxSockets: Infinity };
  return new S3Client({
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
}
