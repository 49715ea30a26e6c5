import { assetLineSchema, ASSETS, keyLineSchema, KEYS } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import { ArchiveReader } from './archive-reader.js';
import { checkLines } from './check-lines.js';
import { importAsset, type AssetOutcome } from './import-asset.js';
import { importCollections } from './import-collections.js';
import { importDistinctPairs } from './import-distinct-pairs.js';
import { importLabelBatches, nameMergedInto } from './import-label-batches.js';
import { importLabelHeads } from './import-label-heads.js';
import type { ImportListener } from './import-listener.js';
import { ImportTarget } from './import-target.js';
import { ImportedLabels } from './imported-labels.js';
import { AfterimageError } from '../errors.js';
import { mapLimited } from '../map-limited.js';
import { inPages } from '../pages.js';

const COPIED_AT_ONCE = 8;

/** How many assets came to which end, and how many keys came in. */
export type ImportSummary = Readonly<Record<AssetOutcome | 'keys', number>>;

/**
 * Takes an archive in, beside what is there already. After an interruption it is run again: what has arrived is passed
 * over. Libraries are known by their names, assets by their ids, label sets and labels by either.
 *
 * @param isWithKeys whether to let in whom the keys of the archive let in
 * @throws ARCHIVE_INVALID, ARCHIVE_DAMAGED (see `ArchiveReader.open`, `checkLines`) before anything is written, also where keys are
 *   asked for that the archive does not have; what is wrong with the files of one asset is a problem
 */
export async function importArchive(
  parts: ArchiveParts,
  folder: string,
  listener: ImportListener,
  { isWithKeys }: { isWithKeys: boolean },
): Promise<ImportSummary> {
  const archive = await ArchiveReader.open(folder);
  try {
    if (isWithKeys && !archive.manifest.files[KEYS]) throw keyless(folder);
    await checkLines(archive, { isWithKeys });
    // What an import that was killed has left.
    await parts.uploads.sweep();
    const target = await ImportTarget.open(parts.prisma, archive.manifest.libraries);
    const labels = await ImportedLabels.add(parts.prisma, archive, target, listener);
    await importLabelHeads(parts.prisma, archive, target, labels);
    const merges = await importLabelBatches(parts.prisma, archive, target, labels);
    const counts = { keys: 0, imported: 0, processing: 0, present: 0, restored: 0, duplicate: 0, refused: 0 };
    if (isWithKeys)
      for await (const keys of inPages(archive.lines(KEYS, keyLineSchema))) counts.keys += await target.addKeys(keys);
    const { assetCount } = archive.manifest;
    let done = 0;
    listener.onProgress?.(done, assetCount);
    for await (const lines of inPages(archive.lines(ASSETS, assetLineSchema))) {
      const places = await target.placesOf(lines, labels);
      const outcomes = await mapLimited(COPIED_AT_ONCE, places, async (place) => {
        const outcome = await importAsset(parts, archive, place, listener);
        listener.onProgress?.(++done, assetCount);
        return outcome;
      });
      for (const outcome of outcomes) counts[outcome]++;
    }
    await nameMergedInto(parts.prisma, merges);
    await importDistinctPairs(parts.prisma, archive, target);
    await importCollections(parts.prisma, archive, target, labels);
    parts.queue.announce();
    return counts;
  } finally {
    await archive.close();
  }
}

function keyless(folder: string): AfterimageError {
  const message = `expected keys in the archive ${folder}, received one that was exported without them`;
  return new AfterimageError('ARCHIVE_INVALID', message);
}
