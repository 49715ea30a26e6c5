import type { AssetFilter } from '../assets/asset-filter.js';
import { rowCondition } from '../assets/asset-filter.rows.js';
import { boxRows, checkBox, type GeoBox } from '../assets/geo-area.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';

export interface MapRequest {
  readonly box: GeoBox;
  /** 0 (the whole world in one tile of 256 pixels) to 22; each level doubles the scale. */
  readonly zoom: number;
  readonly filter?: AssetFilter | null;
  /** 500 by default, 2,000 at most. */
  readonly limit?: number | null;
}

export interface MapCluster {
  readonly count: number;
  /** The mean of its positions. */
  readonly latitude: number;
  readonly longitude: number;
  readonly bounds: GeoBox;
  /** The best rated of them, of those the latest. */
  readonly assetId: string;
}

export interface MapClusters {
  /** The largest first. */
  readonly clusters: readonly MapCluster[];
  /** Assets in the box, also of clusters beyond the limit. */
  readonly totalCount: number;
}

export const MAX_ZOOM = 22;
export const DEFAULT_CLUSTERS = 500;
export const MAX_CLUSTERS = 2_000;
/** Of a tile of 256 pixels in each direction: cells of 64, about the size of a thumbnail on a map. */
const CELLS_PER_TILE = 4;
/** Where the square world of Web Mercator ends: atan(sinh(pi)) in degrees. */
const MAX_LATITUDE = 85.051129;

type Row = GeoBox & Omit<MapCluster, 'bounds'> & { readonly total: number };

/**
 * Puts the assets of a box into the cells of a grid that lies on the tiles of Web Mercator (EPSG:3857), as maps on the web
 * are made of: a cell stays where it is while the map is moved, and four of the next zoom fill it.
 * @throws INVALID_ARGUMENT, INVALID_FILTER
 */
export async function clusterByPosition(
  prisma: PrismaClient,
  libraryId: string,
  { box, zoom, filter, limit }: MapRequest,
): Promise<MapClusters> {
  checkBox(box, 'box', 'INVALID_ARGUMENT');
  if (!Number.isInteger(zoom) || zoom < 0 || zoom > MAX_ZOOM)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`a whole number from 0 to ${MAX_ZOOM}`, 'zoom', zoom));
  const most = limit ?? DEFAULT_CLUSTERS;
  if (!Number.isInteger(most) || most < 1 || most > MAX_CLUSTERS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`a whole number from 1 to ${MAX_CLUSTERS}`, 'limit', limit));
  const condition = await rowCondition(prisma, libraryId, filter ?? {});
  const cells = Prisma.sql`${CELLS_PER_TILE * 2 ** zoom}::float8`;
  const rows = await prisma.$queryRaw<Row[]>`
    WITH placed AS (
      SELECT id, latitude, longitude, rating, captured_at,
        least(floor((longitude + 180) / 360 * ${cells}), ${cells} - 1) AS x,
        floor((1 - asinh(tan(radians(greatest(least(latitude, ${MAX_LATITUDE}), -${MAX_LATITUDE}::float8)))) / pi()) / 2
          * ${cells}) AS y
      FROM asset WHERE ${condition} AND ${boxRows(box)})
    SELECT count(*)::int AS count, avg(latitude) AS latitude, avg(longitude) AS longitude,
      min(longitude) AS west, min(latitude) AS south, max(longitude) AS east, max(latitude) AS north,
      (array_agg(id ORDER BY rating DESC NULLS LAST, captured_at DESC NULLS LAST, id))[1] AS "assetId",
      (sum(count(*)) OVER ())::int AS total
    FROM placed GROUP BY x, y ORDER BY count DESC, x, y LIMIT ${most}`;
  return {
    clusters: rows.map(({ count, latitude, longitude, assetId, ...bounds }) => ({
      count,
      latitude,
      longitude,
      assetId,
      bounds: { west: bounds.west, south: bounds.south, east: bounds.east, north: bounds.north },
    })),
    totalCount: rows[0]?.total ?? 0,
  };
}
