import { PictureFolder } from './picture-folder.js';
import { Libraries } from '../access/libraries.js';
import { originalProblem } from '../archive/export-files.js';
import { blobKey, ORIGINAL } from '../assets/asset-files.js';
import { assetPages } from '../assets/asset-pages.js';
import { faultOf } from '../blobstore/blob-fault.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { PrismaClient } from '../database/database.js';
import type { Asset } from '../database/generated/client.js';
import { stillThere } from '../database/still-there.js';
import { groupBy } from '../group-by.js';
import { mapLimited } from '../map-limited.js';
import { unwritable } from '../unwritable-folder.js';

const COPIED_AT_ONCE = 4;

export interface PictureExport {
  /** The library that they are of. */
  readonly library: string;
  /** Called at the beginning, and after each picture, with how many there are in all. */
  readonly onProgress: (done: number, total: number) => void;
  /** Called with what could not be written as it ought to be, a sentence each. */
  readonly onProblem: (problem: string) => void;
}

export interface ExportCounts {
  readonly written: number;
  /** Those that an export before had written. */
  readonly present: number;
}

/**
 * Writes the originals of a library, but for those in the trash, into a folder for people and other programs: under year, month
 * and their own names, each with what is known of it as XMP beside it, with its accepted labels among the keywords.
 * @throws INVALID_ARGUMENT for a library that is not there, or a folder that cannot be written to
 */
export async function exportPictures(
  { prisma, blobs }: { readonly prisma: PrismaClient; readonly blobs: BlobStore },
  folder: string,
  { library, onProgress, onProblem }: PictureExport,
): Promise<ExportCounts> {
  const where = { libraryId: await new Libraries(prisma).idOf(library), trashedAt: null };
  const total = await prisma.asset.count({ where });
  const pictures = new PictureFolder(folder);
  let [done, written, present] = [0, 0, 0];
  onProgress(done, total);

  const writeOne = async (asset: Asset, labels: readonly string[]) => {
    const { id, libraryId, tags } = asset;
    const described = { ...asset, keywords: [...new Set([...tags, ...labels])] };
    const outcome = await pictures
      .write(asset, described, () => blobs.read(blobKey(libraryId, id, ORIGINAL)))
      .catch((error: unknown) => faultOf(blobs, error))
      .catch((error: unknown) => {
        // What of the file system is not of one original is of the folder.
        throw unwritable(error, folder);
      });
    if (typeof outcome === 'string' || !('path' in outcome)) onProblem(originalProblem(asset, outcome));
    else {
      if (outcome.wasThere) present++;
      else written++;
      if (outcome.isSidecarKept)
        onProblem(`expected an XMP file of our own at ${outcome.path}.xmp, received that of another program: kept`);
    }
    onProgress(++done, total);
  };

  for await (const assets of assetPages(prisma, where)) {
    const labels = await labelsOf(prisma, assets);
    await mapLimited(COPIED_AT_ONCE, assets, (asset) =>
      writeOne(asset, labels.get(asset.id)?.map(({ label }) => label.name) ?? []),
    );
  }
  return { written, present };
}

/** The accepted labels of each, in alphabetical order. */
async function labelsOf(prisma: PrismaClient, assets: readonly Asset[]) {
  const accepted = await prisma.assetLabel.findMany({
    where: { assetId: { in: assets.map(({ id }) => id) }, state: 'ACCEPTED', label: { deletedAt: null } },
    select: { assetId: true, label: { select: { name: true } } },
    orderBy: { label: { nameKey: 'asc' } },
  });
  return groupBy(stillThere(accepted, 'label'), ({ assetId }) => assetId);
}
