import { allOf, anyOf } from './asset-filter.condition.js';
import { checkOrder, checkWithin } from './asset-filter.rules.js';
import { Prisma } from '../database/database.js';
import type { ErrorCode } from '../errors.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/** Degrees, WGS 84. Where west is greater than east it crosses the antimeridian. */
export interface GeoBox {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

/** On a sphere with the mean radius of the Earth. */
export interface GeoCircle {
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusMetres: number;
}

const EARTH_RADIUS_METRES = 6_371_008.8;
/** From a point to the one opposite, and no place is farther. */
const MAX_RADIUS_METRES = 20_100_000;
/** About a centimetre, so that rounding leaves nothing out of the box around a circle. */
const SLACK_DEGREES = 1e-7;

/** @param code of the error, for a box that is not of a filter */
export function checkBox({ south, west, north, east }: GeoBox, path: string, code?: ErrorCode): void {
  checkWithin(south, -90, 90, `${path}.south`, code);
  checkWithin(north, -90, 90, `${path}.north`, code);
  checkWithin(west, -180, 180, `${path}.west`, code);
  checkWithin(east, -180, 180, `${path}.east`, code);
  checkOrder([south, north], 'south <= north', path, code);
}

export function checkCircle({ latitude, longitude, radiusMetres }: GeoCircle, path: string): void {
  checkWithin(latitude, -90, 90, `${path}.latitude`);
  checkWithin(longitude, -180, 180, `${path}.longitude`);
  checkWithin(radiusMetres, 0, MAX_RADIUS_METRES, `${path}.radiusMetres`);
}

export function boxRows(box: GeoBox): Prisma.Sql {
  return allOf([
    Prisma.sql`asset.latitude BETWEEN ${box.south}::float8 AND ${box.north}::float8`,
    anyOf(
      longitudes(box).map(([west, east]) => Prisma.sql`asset.longitude BETWEEN ${west}::float8 AND ${east}::float8`),
    ),
  ]);
}

export function boxPoints(box: GeoBox): Filter {
  const or = longitudes(box).map(([gte, lte]) => ({ field: 'longitude', gte, lte }));
  return { and: [{ field: 'latitude', gte: box.south, lte: box.north }, or.length === 1 ? or[0]! : { or }] };
}

/** By the haversine of the angle between, of what is in the box around the circle. */
export function circleRows(circle: GeoCircle): Prisma.Sql {
  const { latitude, longitude, radiusMetres } = circle;
  const haversine = Prisma.sql`sin(radians(asset.latitude - ${latitude}::float8) / 2) ^ 2
    + cos(radians(${latitude}::float8)) * cos(radians(asset.latitude))
    * sin(radians(asset.longitude - ${longitude}::float8) / 2) ^ 2`;
  const metres = Prisma.sql`${2 * EARTH_RADIUS_METRES}::float8 * asin(least(1, sqrt(${haversine})))`;
  return allOf([boxRows(boxAround(circle)), Prisma.sql`${metres} <= ${radiusMetres}::float8`]);
}

function boxAround({ latitude, longitude, radiusMetres }: GeoCircle): GeoBox {
  const angle = radiusMetres / EARTH_RADIUS_METRES;
  const degrees = (angle * 180) / Math.PI + SLACK_DEGREES;
  const south = Math.max(-90, latitude - degrees);
  const north = Math.min(90, latitude + degrees);
  const everyLongitude = { south, north, west: -180, east: 180 };
  if (south === -90 || north === 90) return everyLongitude;
  // The circle touches its outermost meridians nearer to the pole than its middle.
  const sideways = (Math.asin(Math.sin(angle) / Math.cos((latitude * Math.PI) / 180)) * 180) / Math.PI + SLACK_DEGREES;
  return sideways < 180
    ? { south, north, west: turned(longitude - sideways), east: turned(longitude + sideways) }
    : everyLongitude;
}

/** A longitude from -180 to 180. */
function turned(longitude: number): number {
  if (longitude < -180) return longitude + 360;
  return longitude > 180 ? longitude - 360 : longitude;
}

/** One range, or the two on either side of the antimeridian. */
function longitudes({ west, east }: GeoBox): (readonly [number, number])[] {
  if (west <= east) return [[west, east]];
  return [
    [west, 180],
    [-180, east],
  ];
}
