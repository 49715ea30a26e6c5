import type { AssetFilter } from '../assets/asset-filter.js';
import { rowCondition } from '../assets/asset-filter.rows.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';

export const TIMELINE_UNITS = ['YEAR', 'MONTH', 'DAY'] as const;
export type TimelineUnit = (typeof TIMELINE_UNITS)[number];

/** Of 27 years with a picture on every day. */
const MAX_BUCKETS = 10_000;
const DATE_FORMATS: Readonly<Record<TimelineUnit, string>> = { YEAR: 'YYYY', MONTH: 'YYYY-MM', DAY: 'YYYY-MM-DD' };
/** Postgres reads "+02:00" the other way round than everybody else: only names of zones get there. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]*$/;
/** Of the years that dates are written in, 1 to 9999: a time zone may put a moment on the day before or after. */
const FIRST_DAY = Prisma.sql`timestamp '0001-01-01'`;
const LAST_DAY = Prisma.sql`timestamp '9999-12-31'`;

export interface TimelineBucket {
  /** As ISO 8601 writes it, as long as the unit: "2024", "2024-05" or "2024-05-17". */
  readonly date: string;
  readonly start: Date;
  /** Its last millisecond. */
  readonly end: Date;
  readonly count: number;
}

export interface Timeline {
  /** Latest first, those without an asset left out. */
  readonly buckets: readonly TimelineBucket[];
  /** Assets that do not say when they were captured. */
  readonly undatedCount: number;
}

export interface TimelineRequest {
  readonly by: TimelineUnit;
  /** A name of the IANA time zone database; "UTC" by default. */
  readonly timeZone?: string | null;
  readonly filter?: AssetFilter | null;
}

/**
 * Counts assets by the date of capture, in one statement. One that has none is counted apart and not under the day of its
 * upload: a scan of an old print was not taken on the day that it came in. What a time zone puts before the
 * first day that has a date, or after the last, is counted under that day.
 * @throws INVALID_ARGUMENT, INVALID_FILTER
 */
export async function countByDate(
  prisma: PrismaClient,
  libraryId: string,
  { by, timeZone: given, filter }: TimelineRequest,
): Promise<Timeline> {
  const timeZone = checkTimeZone(given ?? 'UTC');
  const unit = Prisma.raw(`'${by.toLowerCase()}'`);
  const step = Prisma.raw(`interval '1 ${by.toLowerCase()}' `);
  const condition = await rowCondition(prisma, libraryId, filter ?? {});
  const [day, next] = [Prisma.sql`day`, Prisma.sql`(day + ${step})`];
  const rows = await prisma.$queryRaw<(TimelineBucket | { date: null; count: number })[]>`
    WITH dated AS (
      SELECT CASE WHEN captured_at IS NOT NULL THEN date_trunc(${unit},
        greatest(${FIRST_DAY}, least(${LAST_DAY}, captured_at AT TIME ZONE ${timeZone}))) END AS day FROM asset
      WHERE ${condition}),
    counted AS (SELECT day, count(*)::int AS count FROM dated GROUP BY day)
    SELECT to_char(day, ${DATE_FORMATS[by]}) AS date,
      CASE WHEN day > ${FIRST_DAY} THEN ${startOf(day, timeZone)} ELSE ${FIRST_DAY} AT TIME ZONE 'UTC' END AS start,
      CASE WHEN ${next} <= ${LAST_DAY} THEN ${startOf(next, timeZone)}
        ELSE (${LAST_DAY} + interval '1 day') AT TIME ZONE 'UTC' END - interval '1 millisecond' AS "end",
      count
    FROM counted ORDER BY day DESC NULLS FIRST LIMIT ${MAX_BUCKETS + 2}`.catch((error: unknown) => {
    throw isUnknownZone(error) ? badTimeZone(timeZone) : error;
  });
  const buckets = rows.flatMap((row) => (row.date === null ? [] : row));
  if (buckets.length > MAX_BUCKETS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${MAX_BUCKETS} dates`, 'a timeline', by));
  return { buckets, undatedCount: rows.find(({ date }) => date === null)?.count ?? 0 };
}

/** Its first moment. Where clocks go back to midnight there are two midnights, and Postgres takes the later one. */
function startOf(day: Prisma.Sql, timeZone: string): Prisma.Sql {
  const midnight = Prisma.sql`${day} AT TIME ZONE ${timeZone}`;
  return Prisma.sql`(${midnight} - CASE WHEN (${midnight} - interval '1 hour') AT TIME ZONE ${timeZone} >= ${day}
    THEN interval '1 hour' ELSE interval '0' END)`;
}

function checkTimeZone(timeZone: string): string {
  if (!ZONE_NAME.test(timeZone)) throw badTimeZone(timeZone);
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw badTimeZone(timeZone);
  }
  return timeZone;
}

/** Postgres may have another edition of the database of time zones than this process. */
function isUnknownZone(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && /time zone .* not recognized/.test(error.message);
}

function badTimeZone(timeZone: string): AfterimageError {
  return new AfterimageError('INVALID_ARGUMENT', expected('a time zone such as "Europe/Paris"', 'timeZone', timeZone));
}
