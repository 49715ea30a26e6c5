import { numberOf } from './number-of.js';
import { withProgress } from './with-progress.js';
import { withStores } from './with-stores.js';
import type { Config } from '../config.js';
import { exportPictures } from '../picture-export/export-pictures.js';

/** Writes originals with XMP into a folder. The exit code is 1 when one is missing or damaged, or an XMP file was kept. */
export async function exportPicturesTo(
  config: Config,
  folder: string,
  { library }: { library: string },
): Promise<void> {
  await withStores(
    config,
    async ({ database: { prisma }, blobs }) => {
      const { written, present } = await withProgress('pictures', ({ onProgress, fail: onProblem }) =>
        exportPictures({ prisma, blobs }, folder, { library, onProgress, onProblem }),
      );
      console.log(`  ${numberOf(written, 'picture')} written to ${folder}, ${present} already there`);
    },
    { isReadOnly: true },
  );
}
