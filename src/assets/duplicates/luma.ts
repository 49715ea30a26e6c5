/** The edge of the grid that pictures are compared on. */
export const GRID_EDGE = 32;

/** How light a picture is, a byte a point, row by row. */
export interface LumaPicture {
  readonly luma: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Rec. 601, laid on white where it is transparent. @param rgba rows of RGBA bytes */
export function lumaOf(rgba: Uint8Array, width: number, height: number): LumaPicture {
  const luma = new Uint8Array(width * height);
  for (let point = 0; point < luma.length; point++) {
    const at = 4 * point;
    const light = 0.299 * rgba[at]! + 0.587 * rgba[at + 1]! + 0.114 * rgba[at + 2]!;
    luma[point] = Math.round(255 + ((light - 255) * rgba[at + 3]!) / 255);
  }
  return { luma, width, height };
}

/** The picture on a grid of 32 x 32 points, whatever its shape. */
export function lumaGrid({ luma, width, height }: LumaPicture): Uint8Array<ArrayBuffer> {
  const grid = new Uint8Array(GRID_EDGE ** 2);
  for (let y = 0; y < GRID_EDGE; y++)
    for (let x = 0; x < GRID_EDGE; x++) {
      const across = ((x + 0.5) * width) / GRID_EDGE - 0.5;
      const down = ((y + 0.5) * height) / GRID_EDGE - 0.5;
      grid[y * GRID_EDGE + x] = Math.round(lightAt(luma, width, height, across, down));
    }
  return grid;
}

/** Between four points, weighted by how near they are; beyond the edge it is as at the edge. */
function lightAt(luma: Uint8Array, width: number, height: number, across: number, down: number): number {
  const x = Math.min(Math.max(across, 0), width - 1);
  const y = Math.min(Math.max(down, 0), height - 1);
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
  const [ofRight, ofBottom] = [x - left, y - top];
  const upper = luma[top * width + left]! * (1 - ofRight) + luma[top * width + right]! * ofRight;
  const lower = luma[bottom * width + left]! * (1 - ofRight) + luma[bottom * width + right]! * ofRight;
  return upper * (1 - ofBottom) + lower * ofBottom;
}
