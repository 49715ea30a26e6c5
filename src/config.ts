import { availableParallelism } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { AfterimageError } from './errors.js';
import { EXECUTION_PROVIDERS, type ExecutionProvider } from './inference/execution-provider.js';
import { DTYPES, type Dtype } from './inference/model-manifest.js';
import { processProblems, processSettings, SHARED_PARTS, type ProcessRole } from './process-config.js';
import { qdrantConfig, qdrantProblems, qdrantSettings, type QdrantConfig } from './qdrant-config.js';
import { s3Config, s3Problems, s3Settings, type S3Config } from './s3-config.js';
import { integer, origin, type GivenSettings } from './setting-rules.js';
import { TEXT_LANGUAGES } from './text-languages.js';

const fromHere = (path: string) => (isAbsolute(path) ? path : resolve(path));

/** Of one picture, whatever is set. */
export const MOST_BYTES = 2 ** 40;
export const MOST_PIXELS = 2 ** 31;

const settings = {
  ...processSettings,
  HOST: z.string().min(1).default('127.0.0.1').describe('address to listen on; beyond this machine it needs keys'),
  PORT: integer(0, 65_535).default(4000).describe('port to listen on; 0 takes any free one'),
  DATA_DIR: z.string().min(1).default('./data').transform(fromHere).describe('folder of the library'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'expected postgres://user:password@host:port/database')
    .optional()
    .describe('a Postgres server; without it an embedded one in DATA_DIR'),
  MODEL: z
    .string()
    .min(1)
    .default('afterimage-small-v1')
    .describe('the model of a new library: its name in MODELS_DIR, or its folder'),
  MODELS_DIR: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../models', import.meta.url)))
    .transform(fromHere)
    .describe('folder of the models'),
  MODEL_DTYPE: z
    .enum(['auto', ...DTYPES])
    .default('auto')
    .describe("which of a model's files computes; auto measures once which is the fastest here"),
  EXECUTION_PROVIDER: z
    .enum(EXECUTION_PROVIDERS)
    .default('cpu')
    .describe('what computes the embeddings; the cpu where another is not there'),
  HUB_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://huggingface.co')
    .describe('where `models pull` downloads from: the public hub or a mirror of it'),
  HF_TOKEN: z.string().min(1).optional().describe('a token of the hub, for models that it shows to its users only'),
  SEARCH_LANGUAGE: z.enum(TEXT_LANGUAGES).default('english').describe('language of titles, tags and descriptions'),
  SLOW_SEARCH_MS: integer(0, 3_600_000)
    .default(500)
    .describe('a search that takes as long is logged, without its words'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(
      'address that clients use, where it is not that of the request (behind a proxy); beyond this machine it needs keys',
    ),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) => list.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(origin))
    .describe('origins of web pages that may call the API, such as https://gallery.example, separated by commas'),
  WORKERS: integer(1, 64)
    .optional()
    .describe('inference threads, each of which keeps one core busy; the cores by default, 8 at most, 2 in an api'),
  MAX_UPLOAD_BYTES: integer(1, MOST_BYTES)
    .default(256 * 1024 * 1024)
    .describe('the most bytes of one picture'),
  MAX_PIXELS: integer(1, MOST_PIXELS).default(200_000_000).describe('the most pixels of one picture'),
  MAX_FILES_PER_REQUEST: integer(1, 10_000).default(1_000).describe('the most files of one upload request'),
  WEBHOOK_TIMEOUT: integer(1, 60).default(10).describe('seconds in which the receiver of a webhook has to answer'),
  ...s3Settings,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('warn')
    .describe('how much to log'),
  ...qdrantSettings,
} as const;

const schema = z.object(settings);

const SECRETS = new Set(['DATABASE_URL', 'HF_TOKEN', 'QDRANT_API_KEY', 'QDRANT_URL', 'S3_SECRET_ACCESS_KEY']);

type Parsed = z.infer<typeof schema>;

/** Everything that can be set, parsed and frozen. Sizes are in bytes, paths absolute. */
export interface Config {
  readonly role: ProcessRole;
  readonly leaseMs: number;
  readonly maxBacklog: number;
  readonly stopTimeoutMs: number;
  /** Before `stopTimeoutMs` begins. */
  readonly stopDelayMs: number;
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly model: string;
  readonly modelsDir: string;
  readonly modelDtype: Dtype | 'auto';
  readonly executionProvider: ExecutionProvider;
  readonly hubUrl: string;
  readonly hubToken: string | undefined;
  /** A text search configuration of Postgres. */
  readonly searchLanguage: string;
  readonly slowSearchMs: number;
  readonly publicUrl: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly workerCount: number;
  readonly maxUploadBytes: number;
  readonly maxPixels: number;
  readonly maxFilesPerRequest: number;
  readonly webhookTimeoutMs: number;
  /** Where files are kept; undefined for the data directory. */
  readonly s3: S3Config | undefined;
  readonly logLevel: Parsed['LOG_LEVEL'];
  readonly qdrant: QdrantConfig | undefined;
}

/** Those of `SHARED_PARTS` that are not set: their parts are embedded. */
export function embeddedParts(config: Pick<Config, 'databaseUrl' | 'qdrant' | 's3'>): string[] {
  return Object.entries(SHARED_PARTS).flatMap(([name, part]) => (config[part] === undefined ? name : []));
}

/** The names of the settings, as environment variables, each with a sentence for `--help`. */
export const SETTINGS: readonly { readonly name: string; readonly description: string }[] = Object.entries(
  settings,
).map(([name, type]) => ({ name, description: type.description ?? '' }));

/**
 * @param environment variables by name; an empty one counts as not set, and unknown ones are passed over
 * @throws CONFIG_INVALID, one line that names every bad variable
 */
export function parseConfig(environment: GivenSettings): Config {
  const given: GivenSettings = Object.fromEntries(SETTINGS.map(({ name }) => [name, environment[name] || undefined]));
  const parsed = schema.safeParse(given);
  // What does not fit together is said beside what is wrong by itself, not once that has been put right.
  const issues = [
    ...(parsed.error?.issues ?? []),
    ...processProblems(given),
    ...s3Problems(given),
    ...qdrantProblems(given),
  ];
  if (!parsed.success || issues.length > 0) {
    const problems = issues.map(
      ({ path, message }) => `${path.join('.')}=${shown(String(path[0]), given)} (${message})`,
    );
    throw new AfterimageError('CONFIG_INVALID', `expected valid settings, received ${problems.join(', ')}`);
  }
  const { data } = parsed;
  return Object.freeze({
    role: data.ROLE,
    leaseMs: data.LEASE * 1_000,
    maxBacklog: data.MAX_BACKLOG,
    stopTimeoutMs: data.STOP_TIMEOUT * 1_000,
    stopDelayMs: data.STOP_DELAY * 1_000,
    host: data.HOST,
    port: data.PORT,
    dataDir: data.DATA_DIR,
    databaseUrl: data.DATABASE_URL,
    model: data.MODEL,
    modelsDir: data.MODELS_DIR,
    modelDtype: data.MODEL_DTYPE,
    executionProvider: data.EXECUTION_PROVIDER,
    hubUrl: data.HUB_URL,
    hubToken: data.HF_TOKEN,
    searchLanguage: data.SEARCH_LANGUAGE,
    slowSearchMs: data.SLOW_SEARCH_MS,
    publicUrl: data.PUBLIC_URL,
    corsOrigins: data.CORS_ORIGINS,
    workerCount: data.WORKERS ?? defaultWorkers(data.ROLE),
    maxUploadBytes: data.MAX_UPLOAD_BYTES,
    maxPixels: data.MAX_PIXELS,
    maxFilesPerRequest: data.MAX_FILES_PER_REQUEST,
    webhookTimeoutMs: data.WEBHOOK_TIMEOUT * 1_000,
    s3: s3Config(data),
    logLevel: data.LOG_LEVEL,
    qdrant: qdrantConfig(data),
  });
}

/** A text is encoded in milliseconds, and each thread holds the model: an API process needs few. */
function defaultWorkers(role: ProcessRole): number {
  return Math.min(availableParallelism(), role === 'api' ? 2 : 8);
}

function shown(name: string, given: GivenSettings): string {
  return SECRETS.has(name) && given[name] !== undefined ? '(hidden)' : JSON.stringify(given[name]);
}
