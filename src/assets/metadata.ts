import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { composed } from '../composed.js';
import { AfterimageError, expected } from '../errors.js';
import { readExifBlock, readExifOfTiff, type Exif } from './metadata.exif.js';
import { readIptc, type Iptc } from './metadata.iptc.js';
import { readXmp, type Xmp } from './metadata.xmp.js';
import { shortened } from './short-text.js';
import { storable } from '../storable-text.js';

/** Of the name of a camera or a lens: three of them go into one row of an index, which takes 2,700 bytes. */
const MAX_NAME = 200;
/** The longest description that is stored. To normalise a text may take time by the square of its length. */
const MAX_TEXT = 10_000;
const MAX_TEXTS = 1_000;
/** As much as a JPEG has room for; in other formats programs put the history of all that a picture was made of into XMP. */
const MAX_BYTES = { IPTC: 65_536, XMP: 1_048_576 };

/** What a file says of itself in EXIF, IPTC and XMP; null where it says nothing that makes sense. */
export interface EmbeddedMetadata {
  readonly capture: {
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
  };
  readonly words: {
    readonly title: string | null;
    readonly description: string | null;
    /** Several with ", " between. */
    readonly creator: string | null;
    /** The line that is printed beside it. */
    readonly credit: string | null;
    readonly copyright: string | null;
    readonly tags: readonly string[];
    /** Stars; programs also write 0 for none, and -1 for rejected. */
    readonly rating: number | null;
  };
  /** What was there and could not be read, and why. */
  readonly unread: readonly Unread[];
}

interface Unread {
  readonly block: 'EXIF' | 'IPTC' | 'XMP';
  readonly error: unknown;
}

interface Blocks {
  readonly exif: Exif | undefined;
  readonly iptc: Iptc | undefined;
  readonly xmp: Xmp | undefined;
}

/**
 * Never throws for what these blocks hold. They come from strangers: whatever is in them, they are read in time and memory
 * that grow as they do, and others have their turn meanwhile.
 */
export async function readMetadata(path: string, mimeType: string): Promise<EmbeddedMetadata> {
  const { exif, iptc, xmp } = await sharp(path, { limitInputPixels: false }).metadata();
  const unread: Unread[] = [];
  const attempt = async <Read>(block: Unread['block'], read: () => Read | Promise<Read>) => {
    try {
      return await read();
    } catch (error) {
      unread.push({ block, error });
      return undefined;
    }
  };
  // A TIFF is itself what a block of EXIF is in other formats.
  const isTiff = mimeType === 'image/tiff';
  const blocks: Blocks = {
    exif: await attempt('EXIF', () => (isTiff ? readExifOfTiff(path) : exif && readExifBlock(exif))),
    iptc: await attempt('IPTC', () => iptc && readIptc(bounded(iptc, 'IPTC'))),
    xmp: await attempt('XMP', () => xmp && readXmp(bounded(xmp, 'XMP'))),
  };
  return { capture: toCapture(blocks), words: toWords(blocks), unread };
}

/**
 * What a program wrote of a picture into an XMP file beside it.
 * @throws UPLOAD_TOO_MANY_BYTES, INVALID_ARGUMENT for half a packet, Error for what is not well-formed XML, and as the file
 *   system does
 */
export async function readSidecar(path: Buffer): Promise<Omit<EmbeddedMetadata, 'unread'>> {
  const file = await open(path);
  let packet: Buffer;
  try {
    requireBounded((await file.stat()).size, 'XMP');
    packet = await file.readFile();
  } finally {
    await file.close();
  }
  const xmp = await readXmp(bounded(packet, 'XMP'));
  // Of a part of it nobody would know what is missing.
  if (!xmp.isComplete)
    throw new AfterimageError('INVALID_ARGUMENT', 'expected whole XMP for a sidecar, received a part');
  const blocks = { exif: undefined, iptc: undefined, xmp };
  return { capture: toCapture(blocks), words: toWords(blocks) };
}

function bounded(block: Buffer, name: keyof typeof MAX_BYTES): Buffer {
  requireBounded(block.length, name);
  return block;
}

function requireBounded(byteCount: number, name: keyof typeof MAX_BYTES): void {
  const limit = MAX_BYTES[name];
  if (byteCount > limit)
    throw new AfterimageError('UPLOAD_TOO_MANY_BYTES', expected(`at most ${limit} bytes`, name, byteCount));
}

function toCapture(blocks: Blocks): EmbeddedMetadata['capture'] {
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

function toWords({ exif, iptc, xmp }: Blocks): EmbeddedMetadata['words'] {
  const subjects = toTexts(xmp?.texts('dc:subject') ?? []);
  const keywords = exif?.text('XPKeywords')?.split(';') ?? [];
  return {
    title:
      toText(xmp?.text('dc:title')) ??
      toText(xmp?.text('photoshop:Headline')) ??
      toText(iptc?.objectName) ??
      toText(iptc?.headline) ??
      toText(exif?.text('XPTitle')),
    description:
      toText(xmp?.text('dc:description')) ??
      toText(iptc?.caption) ??
      toText(exif?.text('ImageDescription')) ??
      toText(exif?.text('XPComment')),
    creator:
      toLine(xmp?.texts('dc:creator')) ??
      toLine(iptc?.byLines) ??
      toLine(exif?.text('Artist')?.split(';')) ??
      toLine(exif?.text('XPAuthor')?.split(';')),
    credit: toLine([xmp?.text('photoshop:Credit') ?? '']) ?? toLine([iptc?.credit ?? '']),
    copyright:
      toLine([xmp?.text('dc:rights') ?? '']) ??
      toLine([iptc?.copyrightNotice ?? '']) ??
      // The photographer's and the editor's, which have commas of their own.
      toLine(exif?.text('Copyright')?.split('\0'), '; '),
    tags: [subjects, toTexts(iptc?.keywords ?? [])].find((tags) => tags.length > 0) ?? toTexts(keywords),
    rating: toRating(xmp?.text('xmp:Rating')) ?? toRating(exif?.numbers('Rating')[0]),
  };
}

/** A name of a camera or a lens as it is stored. */
export function toOriginName(name: string): string {
  return shortened(composed(name).trim(), MAX_NAME).trimEnd();
}

function toText(text = ''): string | null {
  // Cameras pad with NUL.
  return storable(shortened(text, MAX_TEXT)).trim() || null;
}

function toName(name: string | undefined): string | null {
  const text = toText(name);
  return text && toOriginName(text);
}

/** Cameras whose owner has given no name write blanks or a dash: what has no letter and no digit is nobody's name. */
function toLine(texts: readonly string[] = [], separator = ', '): string | null {
  return toText(
    toTexts(texts)
      .filter((text) => /[\p{L}\p{N}]/u.test(text))
      .join(separator),
  );
}

function toTexts(texts: readonly string[]): string[] {
  return [...new Set(texts.slice(0, MAX_TEXTS).flatMap((text) => toText(text) ?? []))];
}

/**
 * Of the oldest photograph that is left, and as far as a clock that is set wrong is likely to go. Programs write other years
 * where they have no date: 1 is that of .NET, 1601 that of Windows, and 9999 stands for never.
 */
const CAPTURE_YEARS = { first: 1826, last: 2099 };

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

function toRating(given: string | number | undefined): number | null {
  const rating = Number(given ?? NaN);
  return Number.isFinite(rating) ? rating : null;
}

type Position = Pick<EmbeddedMetadata['capture'], 'latitude' | 'longitude' | 'altitudeMetres'>;
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
