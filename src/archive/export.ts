import { FORMAT, KEYS, VERSION } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import { ArchiveWriter } from './archive-writer.js';
import { exportAssets } from './export-assets.js';
import { exportCollections } from './export-collections.js';
import { exportDistinctPairs } from './export-distinct-pairs.js';
import { exportLabelling } from './export-labelling.js';
import { Libraries } from '../access/libraries.js';
import { assetPages } from '../assets/asset-pages.js';
import { unwritable } from '../unwritable-folder.js';

export interface ExportOptions {
  /** The one library to export; all of them where it is not given. */
  readonly library?: string | undefined;
  /** Whether to export the keys too: their names, and the SHA-256 of their secrets. */
  readonly isWithKeys: boolean;
  /** Called at the beginning, and after each asset. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with what could not be exported as it ought to be, a sentence each. */
  readonly onProblem: (problem: string) => void;
}

/**
 * Writes rows, files and embeddings into a folder. A server may be at work: what is added or deleted meanwhile is in the
 * archive or not, and each asset is whole in itself.
 *
 * @returns how many assets are in the archive
 * @throws INVALID_ARGUMENT for a folder with something else in it or that cannot be written to, or a library that is not there
 */
export async function exportArchive(parts: ArchiveParts, folder: string, options: ExportOptions): Promise<number> {
  const { prisma, modelId, collection } = parts;
  const { library, isWithKeys, onProgress, onProblem } = options;
  const where = library === undefined ? {} : { id: await new Libraries(prisma).idOf(library) };
  const libraries = await prisma.library.findMany({ where });

  const failed = (error: unknown): never => {
    throw unwritable(error, folder);
  };
  const writer = await ArchiveWriter.create(folder, { isWithKeys }).catch(failed);
  try {
    const total = await prisma.asset.count({ where: { libraryId: { in: libraries.map(({ id }) => id) } } });
    let [done, assetCount] = [0, 0];
    onProgress?.(done, total);
    for (const { id: libraryId, name } of libraries) {
      if (isWithKeys) await exportKeys(parts, writer, libraryId, name);
      for await (const assets of assetPages(prisma, { libraryId }))
        assetCount += await exportAssets(parts, writer, name, assets, {
          onProblem,
          onCopied: () => onProgress?.(++done, total),
        });
      // After the assets: what these refer to is there then, unless it was deleted meanwhile.
      await exportLabelling(parts, writer, libraryId, name);
      await exportDistinctPairs(parts, writer, libraryId, name);
      await exportCollections(parts, writer, libraryId, name);
    }
    await writer.finish({
      format: FORMAT,
      version: VERSION,
      createdAt: new Date().toISOString(),
      model: { id: modelId, dimension: collection.spec.dimension },
      libraries: libraries.map(({ name }) => name),
      assetCount,
    });
    return assetCount;
  } catch (error) {
    return failed(error);
  } finally {
    await writer.close();
  }
}

async function exportKeys({ prisma }: ArchiveParts, writer: ArchiveWriter, libraryId: string, library: string) {
  const keys = await prisma.apiKey.findMany({ where: { libraryId }, omit: { libraryId: true } });
  await writer.addLines(
    KEYS,
    keys.map(({ secretHash, ...key }) => ({ library, ...key, secretHash: Buffer.from(secretHash).toString('hex') })),
  );
}
