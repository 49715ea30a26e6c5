import { composed } from '../composed.js';
import type { Exif } from './metadata.exif.js';
import type { Iptc } from './metadata.iptc.js';
import { toText } from './metadata.text.js';
import type { Xmp } from './metadata.xmp.js';
import { shortened } from './short-text.js';

/** Of the name of a camera or a lens: three of them go into one row of an index, which takes 2,700 bytes. */
const MAX_NAME = 200;

/** When, with what and where a picture was taken. */
export interface Capture {
  /**
   * Of the years 1826 to 2099. Where the file names no time zone, its clock is taken for UTC; a day without a time is its
   * midnight in UTC.
   */
  readonly capturedAt: Date | null;
  readonly cameraMake: string | null;
  readonly cameraModel: string | null;
  readonly lens: string | null;
  /** Degrees, WGS 84. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly altitudeMetres: number | null;
}

/** What a file has of each; undefined where there is none, or none that can be read. */
export interface Blocks {
  readonly exif: Exif | undefined;
  readonly iptc: Iptc | undefined;
  readonly xmp: Xmp | undefined;
}

/** Null where they say nothing that makes sense. */
export function toCapture(blocks: Blocks): Capture {
  const { exif, xmp } = blocks;
  const position = toPosition(exif) ?? toXmpPosition(xmp) ?? NOWHERE;
  return {
    capturedAt: toCapturedAt(blocks),
    cameraMake: toName(exif?.text('Make') ?? xmp?.text('tiff:Make')),
    cameraModel: toName(exif?.text('Model') ?? xmp?.text('tiff:Model')),
    lens: toName(exif?.text('LensModel') ?? xmp?.text('exifEX:LensModel')),
    ...position,
  };
}

/** The first that makes sense: when it was taken comes before when it was scanned, and EXIF before the others. */
function toCapturedAt({ exif, iptc, xmp }: Blocks): Date | null {
  // Of when the file was changed; most often by the same clock.
  const changed = exif?.text('OffsetTime');
  return (
    toDate(
      exif?.text('DateTimeOriginal'),
      exif?.text('OffsetTimeOriginal') ?? changed,
      exif?.text('SubSecTimeOriginal'),
    ) ??
    toDate(xmp?.text('exif:DateTimeOriginal')) ??
    toDate(
      exif?.text('DateTimeDigitized'),
      exif?.text('OffsetTimeDigitized') ?? changed,
      exif?.text('SubSecTimeDigitized'),
    ) ??
    toDate(xmp?.text('xmp:CreateDate')) ??
    toDate(xmp?.text('photoshop:DateCreated')) ??
    toDate(iptc && toClock(iptc))
  );
}

/** As EXIF writes it. */
function toClock({ dateCreated = '', timeCreated = '' }: Iptc): string {
  const day = dateCreated.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1:$2:$3');
  const time = /^(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)(\d\d))?$/.exec(timeCreated);
  if (!time) return day;
  const [, hour, minute, second, zoneHour, zoneMinute] = time;
  return `${day} ${hour}:${minute}:${second}${zoneHour ? `${zoneHour}:${zoneMinute}` : ''}`;
}

/** A name of a camera or a lens as it is stored. */
export function toOriginName(name: string): string {
  return shortened(composed(name).trim(), MAX_NAME).trimEnd();
}

function toName(name: string | undefined): string | null {
  const text = toText(name);
  return text && toOriginName(text);
}

/**
 * Of the oldest photograph that is left, and as far as a clock that is set wrong is likely to go. Programs write other years
 * where they have no date: 1 is that of .NET, 1601 that of Windows, and 9999 stands for never.
 */
export const CAPTURE_YEARS = { first: 1826, last: 2099 };

/** Whether it is of these years by the clock of some place: a date is stored in UTC, and was looked at as the file has it. */
export function isCaptureTime(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= CAPTURE_YEARS.first - 1 && year <= CAPTURE_YEARS.last + 1;
}

// As EXIF writes it, which puts blanks for a time that is not known, and as XMP does: there the time or its seconds may be
// absent, and the time zone stand behind.
const DAY = /^(\d{4})[:-](\d\d)[:-](\d\d)/;
const TIME = /^[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?/;

/** @param zone where the date has none itself @param fraction of a second, its digits, likewise */
function toDate(text: string | undefined, zone?: string, fraction?: string): Date | null {
  const given = toText(text) ?? '';
  const date = DAY.exec(given);
  if (!date) return null;
  const [{ length }, year, month, day] = date;
  const rest = given.slice(length);
  const time = /^[ :]*$/.test(rest) ? [rest, '00', '00', '00', '0', 'Z'] : TIME.exec(rest);
  if (!time) return null;
  const [, hour, minute, second = '00', ownFraction, ownZone] = time;
  const clock = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const digits = ownFraction ?? /^\d+/.exec(toText(fraction) ?? '')?.[0] ?? '0';
  const offset = ownZone ?? /^[+-]\d\d:\d\d$/.exec(toText(zone) ?? '')?.[0] ?? 'Z';
  const instant = new Date(`${clock}.${digits.slice(0, 3).padEnd(3, '0')}${offset}`);
  const isGiven = Number(year) >= CAPTURE_YEARS.first && Number(year) <= CAPTURE_YEARS.last && isOnCalendar(clock);
  return isGiven && !Number.isNaN(instant.getTime()) ? instant : null;
}

/** Date takes 30 February for 2 March, and 24:00 for the next day. */
function isOnCalendar(clock: string): boolean {
  return new Date(`${clock}Z`).toJSON()?.startsWith(clock) ?? false;
}

type Position = Pick<Capture, 'latitude' | 'longitude' | 'altitudeMetres'>;
const NOWHERE: Position = { latitude: null, longitude: null, altitudeMetres: null };

function toPosition(exif: Exif | undefined): Position | undefined {
  return position(
    toDegrees(exif?.numbers('GPSLatitude'), exif?.text('GPSLatitudeRef') ?? 'N'),
    toDegrees(exif?.numbers('GPSLongitude'), exif?.text('GPSLongitudeRef') ?? 'E'),
    exif?.numbers('GPSAltitude')[0],
    exif?.numbers('GPSAltitudeRef')[0] === 1,
  );
}

function toXmpPosition(xmp: Xmp | undefined): Position | undefined {
  return position(
    toXmpDegrees(xmp?.text('exif:GPSLatitude')),
    toXmpDegrees(xmp?.text('exif:GPSLongitude')),
    toQuotient(xmp?.text('exif:GPSAltitude')),
    xmp?.text('exif:GPSAltitudeRef') === '1',
  );
}

function position(latitude: number, longitude: number, metres = NaN, isBelowSea: boolean): Position | undefined {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return undefined;
  return { latitude, longitude, altitudeMetres: Number.isFinite(metres) ? (isBelowSea ? -metres : metres) : null };
}

/** Not a number where there are none. */
function toDegrees([degrees = NaN, minutes = 0, seconds = 0]: readonly number[] = [], reference: string): number {
  const value = degrees + minutes / 60 + seconds / 3_600;
  return /^[SW]/.test(reference) ? -value : value;
}

/** Of "47,30.25N" or "47,30,15N", as XMP writes them (ISO 16684-1, GPSCoordinate). */
function toXmpDegrees(text = ''): number {
  const [, degrees, minutes, seconds, reference = ''] =
    /^(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NSEW])$/.exec(text.trim()) ?? [];
  return toDegrees([Number(degrees ?? NaN), Number(minutes), Number(seconds ?? 0)], reference);
}

/** Of a rational as XMP writes it, "1234/10". */
function toQuotient(text: string | undefined): number {
  const [numerator, denominator = 1] = (text ?? '').split('/').map((part) => Number(part || NaN));
  return numerator! / denominator;
}
