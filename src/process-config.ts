import { z } from 'zod';
import { integer, type GivenSettings, type SettingProblem } from './setting-rules.js';

export const processSettings = {
  ROLE: z
    .enum(['all', 'api', 'worker'])
    .default('all')
    .describe('what this process does: all, api (serves, and runs no jobs) or worker (runs jobs, and serves nothing)'),
  LEASE: integer(2, 3_600)
    .default(60)
    .describe('seconds after which others take over what a process that died had begun'),
  STOP_TIMEOUT: integer(1, 3_600)
    .default(25)
    .describe('seconds in which a process that is told to stop ends, with what runs finished or given back'),
  STOP_DELAY: integer(0, 3_600)
    .default(0)
    .describe('seconds before that in which it still serves, while /ready already says that it does not'),
  MAX_BACKLOG: integer(1, 100_000_000)
    .default(100_000)
    .describe('the most pictures that may wait to be processed before uploads are refused for the time being'),
} as const;

type Settings = z.output<z.ZodObject<typeof processSettings>>;

export type ProcessRole = Settings['ROLE'];

/** The settings that put a part elsewhere than in DATA_DIR, each with its place in the configuration. */
export const SHARED_PARTS = { DATABASE_URL: 'databaseUrl', QDRANT_URL: 'qdrant', S3_BUCKET: 's3' } as const;

/** A role for itself needs other processes beside it, and nobody can share an embedded part. */
export function processProblems(given: GivenSettings): SettingProblem[] {
  const { ROLE: role } = given;
  if (role !== 'api' && role !== 'worker') return [];
  return Object.keys(SHARED_PARTS)
    .filter((name) => given[name] === undefined)
    .map((name) => ({
      path: [name],
      message: `expected beside ROLE=${role}: what is embedded belongs to one process`,
    }));
}
