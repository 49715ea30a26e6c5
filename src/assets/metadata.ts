import exifr from 'exifr';
import sharp from 'sharp';
import { readIptc } from './metadata.iptc.js';
import { readXmp } from './metadata.xmp.js';
import { shortened } from './short-text.js';
import { storable } from '../storable-text.js';

/** Of the name of a camera or a lens: three of them go into one row of an index, which takes 2,700 bytes. */
const MAX_NAME = 200;

/** What a file says of itself in EXIF, IPTC and XMP; null where it says nothing that makes sense. */
export interface EmbeddedMetadata {
  readonly capture: {
    /** Where the file names no time zone, its clock is taken for UTC. */
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
    readonly tags: readonly string[];
  };
}

const OPTIONS = {
  tiff: true,
  exif: true,
  gps: true,
  iptc: false,
  xmp: false,
  icc: false,
  // Left as text: the library would read a date as one of this machine's time zone.
  reviveValues: false,
};

type Raw = Readonly<Record<string, unknown>>;

/** Never throws for what a file holds: metadata that cannot be read is as good as none. */
export async function readMetadata(path: string, mimeType: string): Promise<EmbeddedMetadata> {
  const raw = await parse(path, mimeType).catch((): Raw => ({}));
  const blocks = await sharp(path).metadata();
  const iptc = await attempt(() => blocks.iptc && readIptc(blocks.iptc));
  const xmp = await attempt(() => blocks.xmp && readXmp(blocks.xmp));
  const position = toPosition(raw);
  const capture = {
    capturedAt: toDate(
      raw['DateTimeOriginal'] ?? xmp?.text('exif:DateTimeOriginal') ?? raw['CreateDate'] ?? xmp?.text('xmp:CreateDate'),
      raw['OffsetTimeOriginal'] ?? raw['OffsetTime'],
    ),
    cameraMake: toName(raw['Make'] ?? xmp?.text('tiff:Make')),
    cameraModel: toName(raw['Model'] ?? xmp?.text('tiff:Model')),
    lens: toName(raw['LensModel'] ?? xmp?.text('exifEX:LensModel')),
    ...position,
    altitudeMetres: position.latitude === null ? null : toAltitude(raw),
  };
  const subjects = xmp?.texts('dc:subject') ?? [];
  const words = {
    title: toText(xmp?.text('dc:title')) ?? toText(iptc?.objectName) ?? toText(iptc?.headline),
    description: toText(xmp?.text('dc:description')) ?? toText(iptc?.caption) ?? toText(raw['ImageDescription']),
    tags: toTexts(subjects.length > 0 ? subjects : (iptc?.keywords ?? [])),
  };
  return { capture, words };
}

async function parse(path: string, mimeType: string): Promise<Raw> {
  const input = FOR_SHARP.has(mimeType) ? await exifBlockOf(path) : path;
  return input ? (((await exifr.parse(input, OPTIONS)) as Raw | undefined) ?? {}) : {};
}

async function attempt<Read>(read: () => Read | Promise<Read>): Promise<Read | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}

// exifr does not know WebP, and stumbles over the EXIF of an AVIF.
const FOR_SHARP = new Set(['image/webp', 'image/avif']);

/** Sharp hands out the EXIF block, behind the six bytes "Exif\0\0". */
async function exifBlockOf(path: string): Promise<Buffer | undefined> {
  const { exif } = await sharp(path).metadata();
  return exif?.subarray(exif.toString('latin1', 0, 4) === 'Exif' ? 6 : 0);
}

/** A name of a camera or a lens as it is stored. */
export function toOriginName(name: string): string {
  return shortened(name, MAX_NAME).trimEnd();
}

function toText(value: unknown): string | null {
  // Cameras pad with NUL.
  return typeof value === 'string' ? storable(value).trim() || null : null;
}

function toName(value: unknown): string | null {
  const text = toText(value);
  return text && toOriginName(text);
}

function toTexts(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => toText(text) ?? []))];
}

// As EXIF writes it, and as XMP does: there the seconds may be absent, and the time zone stand behind.
const DATE = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?/;

/** @param offset where the date has none itself */
function toDate(value: unknown, offset: unknown): Date | null {
  const parts = DATE.exec(toText(value) ?? '');
  if (!parts) return null;
  const [, year, month, day, hour, minute, second = '00', ownZone] = parts;
  const zone = ownZone ?? /^[+-]\d\d:\d\d$/.exec(toText(offset) ?? '')?.[0] ?? 'Z';
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  // False for what is no date. Beyond these years Postgres does not take it as Prisma writes it.
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date : null;
}

function toPosition(raw: Raw): { latitude: number | null; longitude: number | null } {
  const { latitude, longitude } = raw;
  const isGiven = isWithin(latitude, 90) && isWithin(longitude, 180);
  return isGiven ? { latitude, longitude } : { latitude: null, longitude: null };
}

function isWithin(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Math.abs(value) <= limit;
}

function toAltitude(raw: Raw): number | null {
  const { GPSAltitude: metres, GPSAltitudeRef: reference } = raw;
  if (typeof metres !== 'number' || !Number.isFinite(metres)) return null;
  // 1 is below sea level; some files hold it as a one-byte array.
  return Number(reference instanceof Uint8Array ? reference[0] : reference) === 1 ? -metres : metres;
}
