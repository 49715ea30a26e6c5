import { describe, expect, it } from 'vitest';
import { createPixelNormaliser } from '#dist/inference/pixel-values.js';
import { finishPicture } from '#dist/inference/preprocess.js';
import { builtInModel, golden, readPixels } from '../support/encoder.js';

const GRID = [16, 48, 80, 112, 144, 176, 208, 240];

describe('pixel values', () => {
  it('are (byte / 255 - mean) / std, all of red before all of green before all of blue, picture after picture', () => {
    const spec = { width: 2, height: 1, mean: [0, 0.2, 1], std: [1, 0.5, 0.25] } satisfies Parameters<
      typeof createPixelNormaliser
    >[0];
    const values = createPixelNormaliser(spec)([Uint8Array.of(0, 51, 255, 255, 102, 0), new Uint8Array(6)]);
    const expected = [0, 1, 0, 0.4, 0, -4, 0, 0, -0.4, -0.4, -4, -4];
    expect([...values].map((value) => Number(value.toFixed(6)) + 0)).toEqual(expected);
  });

  it.each(golden.images)('of $file are those of the reference', async ({ file, pixelValues }) => {
    const model = await builtInModel();
    const { width, height } = model.manifest.image;
    const values = createPixelNormaliser(model.manifest.image)([
      finishPicture(await readPixels(model, file), model.manifest.image),
    ]);
    const differences = [0, 1, 2].flatMap((channel) => {
      const plane = values.subarray(channel * width * height, (channel + 1) * width * height);
      const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length;
      expect(Math.abs(mean - pixelValues.mean[channel]!)).toBeLessThan(0.003);
      return GRID.flatMap((row, y) =>
        GRID.map((column, x) => Math.abs(plane[row * width + column]! - pixelValues.grid[channel * 8 + y]![x]!)),
      );
    });
    // Decoders differ by a byte or two (1/128 each), and small print differs more: 0.04 on average of the page.
    expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(0.05);
  });
});
