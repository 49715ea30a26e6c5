import { createProgressBar } from './progress-bar.js';
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
      const bar = createProgressBar('  {bar} {value}/{total} pictures');
      const problems: string[] = [];
      try {
        bar.start(0, 0);
        const { written, present } = await exportPictures({ prisma, blobs }, folder, {
          library,
          onProgress: (done, total) => {
            bar.setTotal(total);
            bar.update(done);
          },
          onProblem: (problem) => void problems.push(problem),
        });
        bar.stop();
        console.log(`  ${written} pictures written to ${folder}, ${present} already there`);
      } finally {
        bar.stop();
        for (const problem of problems) console.log(`  ${problem}`);
        if (problems.length > 0) process.exitCode = 1;
      }
    },
    { isReadOnly: true },
  );
}
