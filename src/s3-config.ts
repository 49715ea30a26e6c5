import { z } from 'zod';
import { missing, type GivenSettings, type SettingProblem } from './setting-rules.js';

// All are optional here, so that what is set beside the bucket can be told from a default.
export const s3Settings = {
  S3_BUCKET: z
    .string()
    .min(1)
    .optional()
    .describe('bucket for the files, made before; without it they are in DATA_DIR'),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("address of an S3-compatible server; without it Amazon's"),
  S3_REGION: z.string().min(1).optional().describe('region of the bucket; us-east-1 where it is not set'),
  S3_ACCESS_KEY_ID: z.string().min(1).optional().describe('key for S3; without one, the default chain of the AWS SDK'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('secret of that key'),
  S3_PREFIX: z
    .string()
    .regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*\/?$/, 'expected segments of letters, digits, ., _ and -, joined by /')
    .transform((prefix) => (prefix.endsWith('/') ? prefix : `${prefix}/`))
    .optional()
    .describe('folder in the bucket'),
  S3_FORCE_PATH_STYLE: z
    .stringbool()
    .optional()
    .describe('whether the bucket stands in the path, not in the host name; true where S3_ENDPOINT is set'),
  S3_DELIVERY: z
    .enum(['proxy', 'redirect'])
    .optional()
    .describe('whether clients get files through this server (proxy) or from S3 (redirect)'),
} as const;

type Settings = z.output<z.ZodObject<typeof s3Settings>>;

export interface S3Config {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Empty, or ending with `/`. */
  readonly prefix: string;
  readonly forcePathStyle: boolean;
  readonly delivery: 'proxy' | 'redirect';
}

export function s3Problems(given: GivenSettings): SettingProblem[] {
  return [
    ...missing(given, 'S3_BUCKET', Object.keys(s3Settings)),
    ...missing(given, 'S3_ACCESS_KEY_ID', ['S3_SECRET_ACCESS_KEY']),
    ...missing(given, 'S3_SECRET_ACCESS_KEY', ['S3_ACCESS_KEY_ID']),
  ];
}

export function s3Config(settings: Settings): S3Config | undefined {
  const { S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  if (bucket === undefined) return undefined;
  return Object.freeze({
    bucket,
    endpoint: settings.S3_ENDPOINT,
    region: settings.S3_REGION ?? 'us-east-1',
    credentials: accessKeyId && secretAccessKey ? Object.freeze({ accessKeyId, secretAccessKey }) : undefined,
    prefix: settings.S3_PREFIX ?? '',
    forcePathStyle: settings.S3_FORCE_PATH_STYLE ?? settings.S3_ENDPOINT !== undefined,
    delivery: settings.S3_DELIVERY ?? 'proxy',
  });
}
