import { ASSETS } from './archive-format.js';
import type { ArchiveParts } from './archive-parts.js';
import type { ArchiveWriter } from './archive-writer.js';
import { exportFiles } from './export-files.js';
import type { Asset } from '../database/generated/client.js';
import { groupBy } from '../group-by.js';
import { mapLimited } from '../map-limited.js';

const COPIED_AT_ONCE = 4;

/** @returns how many of them were there until the end */
export async function exportAssets(
  parts: ArchiveParts,
  writer: ArchiveWriter,
  library: string,
  assets: readonly Asset[],
  { onCopied, onProblem }: { readonly onCopied: () => void; readonly onProblem: (problem: string) => void },
): Promise<number> {
  const { prisma, collection, modelId } = parts;
  const copied = await mapLimited(COPIED_AT_ONCE, assets, async (asset) => {
    const files = await exportFiles(parts, writer, asset);
    onCopied();
    return files;
  });
  const ids = assets.map(({ id }) => id);
  const { labels, history } = await labelsOf(parts, ids);
  const embeddings = new Map((await collection.get(ids)).map(({ id, vector }) => [id, vector]));
  const embedded = await prisma.embedding.findMany({
    where: { modelId, assetId: { in: ids }, failureCode: null },
    select: { assetId: true },
  });
  const isEmbedded = new Set(embedded.map(({ assetId }) => assetId));
  const stillThere = await prisma.asset.findMany({ where: { id: { in: ids } }, select: { id: true } });
  const isThere = new Set(stillThere.map(({ id }) => id));
  const lines = [];
  for (const [position, { libraryId: _, ...asset }] of assets.entries()) {
    const { id } = asset;
    if (!isThere.has(id)) {
      await writer.removeFiles(id);
      continue;
    }
    writer.keepFiles(id);
    const { files, problem } = copied[position]!;
    if (problem !== null) onProblem(problem);
    const embedding = isEmbedded.has(id) ? embeddings.get(id) : undefined;
    const embeddingModelId = isEmbedded.has(id) ? modelId : null;
    lines.push({
      library,
      asset: { ...asset, embeddingModelId, byteSize: Number(asset.byteSize) },
      labels: labels.get(id) ?? [],
      history: history.get(id) ?? [],
      files,
      embedding: embedding ? await writer.addEmbedding(embedding) : null,
    });
  }
  await writer.addLines(ASSETS, lines);
  return lines.length;
}

/** By asset: the labels, by their names too, for whom they are gone; and what was changed of them, in that order. */
async function labelsOf({ prisma }: ArchiveParts, ids: readonly string[]) {
  const assetId = { in: [...ids] };
  // Of one moment: no assignment lacks its last change, nor is older than that.
  const [assignments, events] = await prisma.$transaction(
    [
      prisma.assetLabel.findMany({
        where: { assetId, label: { deletedAt: null } },
        // No classification goes with the archive.
        omit: { notedById: true },
        include: { label: { select: { name: true } } },
        orderBy: [{ label: { nameKey: 'asc' } }, { labelId: 'asc' }],
      }),
      prisma.labelEvent.findMany({ where: { assetId }, omit: { id: true }, orderBy: { id: 'asc' } }),
    ],
    { isolationLevel: 'RepeatableRead' },
  );
  return {
    labels: byAsset(assignments.map(({ label, ...assignment }) => ({ label: label.name, ...assignment }))),
    history: byAsset(events),
  };
}

function byAsset(rows: readonly { readonly assetId: string }[]): Map<string, object[]> {
  const lists = new Map<string, object[]>();
  for (const [assetId, own] of groupBy(rows, (row) => row.assetId))
    lists.set(
      assetId,
      own.map(({ assetId: _assetId, ...row }) => row),
    );
  return lists;
}
