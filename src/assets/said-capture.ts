import type { SAYABLE_CAPTURE } from './known-capture.js';
import { CAPTURE_YEARS, isCaptureTime, type Capture } from './metadata.capture.js';
import { AfterimageError, expected } from '../errors.js';

/** Metres above the sea, or below it. */
export const MAX_ALTITUDE = 1_000_000;

/** When and where a person says that a picture was taken. Undefined leaves it as it is, null takes it away. */
export interface SaidCapture {
  /** Of the years 1826 to 2099, by the clock of some place. */
  readonly capturedAt?: Date | null;
  /** All of it at once: without an altitude it has none any more. */
  readonly position?: SaidPosition | null;
}

/** Degrees, WGS 84. */
interface SaidPosition {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitudeMetres?: number | null;
}

type StoredCapture = { readonly [Field in (typeof SAYABLE_CAPTURE)[number]]: Capture[Field] | undefined };

/** The fields as they are stored; undefined stays so. @throws INVALID_ARGUMENT */
export function toStoredCapture({ capturedAt, position }: SaidCapture): StoredCapture {
  const { first, last } = CAPTURE_YEARS;
  if (capturedAt && !isCaptureTime(capturedAt))
    refuse(`the years ${first} to ${last}`, 'capturedAt', capturedAt.toJSON());
  if (!position) return { capturedAt, latitude: position, longitude: position, altitudeMetres: position };
  const { latitude, longitude, altitudeMetres = null } = position;
  checkWithin(latitude, 90, 'position.latitude');
  checkWithin(longitude, 180, 'position.longitude');
  if (altitudeMetres !== null) checkWithin(altitudeMetres, MAX_ALTITUDE, 'position.altitudeMetres');
  return { capturedAt, latitude, longitude, altitudeMetres };
}

/** NaN is in no range. */
function checkWithin(value: number, most: number, name: string): void {
  if (!(Math.abs(value) <= most)) refuse(`-${most} to ${most}`, name, value);
}

function refuse(what: string, name: string, received: unknown): never {
  throw new AfterimageError('INVALID_ARGUMENT', expected(what, name, received));
}
