import type { ModelManifest } from './model-manifest.js';

/** The size that a picture is scaled to, and the part of that which is wanted. All in pixels of the scaled picture. */
export interface ResizeTarget {
  readonly scaledWidth: number;
  readonly scaledHeight: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Resizing = Pick<ModelManifest['image'], 'width' | 'height' | 'resize' | 'shortestEdge'>;

/**
 * Where a picture of this size goes on its way to the encoder. Rounded as the reference implementation does it
 * (`CLIPImageProcessor` of Hugging Face transformers: the longer edge and the crop's corner downwards): half a pixel beside
 * it, an embedding of detailed pictures moved to a cosine of 0.959.
 */
export function resizeTarget(sourceWidth: number, sourceHeight: number, spec: Resizing): ResizeTarget {
  const { width, height, resize, shortestEdge = Math.max(width, height) } = spec;
  if (resize === 'squash') return { scaledWidth: width, scaledHeight: height, left: 0, top: 0, width, height };
  const scaled = (edge: number) => Math.floor((shortestEdge * edge) / Math.min(sourceWidth, sourceHeight));
  const [scaledWidth, scaledHeight] = [scaled(sourceWidth), scaled(sourceHeight)];
  return {
    scaledWidth,
    scaledHeight,
    left: Math.floor((scaledWidth - width) / 2),
    top: Math.floor((scaledHeight - height) / 2),
    width,
    height,
  };
}
