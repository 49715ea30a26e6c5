import { AfterimageError, expected } from '../errors.js';

/** A rectangle of an upright picture, in shares of its width and height: 0 to 1 from its top left corner. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Fewer pixels show nothing. */
export const MIN_CROP_EDGE = 16;
/** Sums of shares such as 0.1 + 0.9 may be as much as this beyond the edge. */
const TOLERANCE = 1e-6;

/**
 * @param size of the upright picture, in pixels
 * @returns the pixels that the rectangle touches
 * @throws INVALID_ARGUMENT for one that is empty, reaches out of the picture, or has less than 16 pixels in a direction
 */
export function toRegion(crop: Crop, size: { readonly width: number; readonly height: number }): Crop {
  const { left, top, width, height } = crop;
  const isInside = left >= 0 && top >= 0 && left + width <= 1 + TOLERANCE && top + height <= 1 + TOLERANCE;
  if (!isInside || !(width > 0 && height > 0)) {
    const received = JSON.stringify([left, top, width, height]);
    const message = `expected a rectangle within 0 to 1 for crop, received [left, top, width, height] ${received}`;
    throw new AfterimageError('INVALID_ARGUMENT', message);
  }
  const [x, columns] = toPixels(left, width, size.width);
  const [y, rows] = toPixels(top, height, size.height);
  if (Math.min(columns, rows) < MIN_CROP_EDGE)
    throw new AfterimageError(
      'INVALID_ARGUMENT',
      expected(`at least ${MIN_CROP_EDGE} pixels in each direction`, 'crop', `${columns} x ${rows}`),
    );
  return { left: x, top: y, width: columns, height: rows };
}

function toPixels(start: number, length: number, total: number): [start: number, length: number] {
  const first = Math.floor(start * total + TOLERANCE);
  const end = Math.min(total, Math.ceil((start + length) * total - TOLERANCE));
  return [first, end - first];
}
