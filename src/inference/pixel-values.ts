import type { ModelManifest } from './model-manifest.js';

const CHANNELS = 3;

/**
 * Makes the function that turns pictures into the image encoder's input.
 *
 * It takes N pictures of RGB bytes, rows of height x width x 3 each (what `preprocess` returns), and returns float32
 * [N, 3, height, width]: (byte / 255 - mean) / std of its channel. The next call writes over what this one has returned: a
 * few megabytes each, they would pile up until V8 collects them.
 */
export function createPixelNormaliser({
  width,
  height,
  mean,
  std,
}: Pick<ModelManifest['image'], 'width' | 'height' | 'mean' | 'std'>): (
  pictures: readonly Uint8Array[],
) => Float32Array {
  // A byte has 256 values: looking one up is several times faster than computing it for every pixel.
  const [red, green, blue] = [0, 1, 2].map((channel) =>
    Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean[channel]!) / std[channel]!),
  ) as [Float32Array, Float32Array, Float32Array];
  const plane = width * height;

  let values = new Float32Array();
  return (pictures) => {
    const length = pictures.length * CHANNELS * plane;
    if (values.length < length) values = new Float32Array(length);
    pictures.forEach((bytes, index) => {
      const start = index * CHANNELS * plane;
      for (let pixel = 0, byte = 0; pixel < plane; pixel++) {
        values[start + pixel] = red[bytes[byte++]!]!;
        values[start + plane + pixel] = green[bytes[byte++]!]!;
        values[start + 2 * plane + pixel] = blue[bytes[byte++]!]!;
      }
    });
    return values.subarray(0, length);
  };
}
