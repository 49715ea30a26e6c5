import { randomUUID } from 'node:crypto';
import { mergeLabels } from './merge-labels.js';
import { mergeSaid } from './merge-said.js';
import { MAX_TAGS } from '../assets/asset-fields.js';
import { MAX_IDS } from '../assets/assets.service.js';
import { putIntoTrash } from '../assets/trash.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import type { Asset } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';
import type { JobQueue } from '../jobs/job-queue.js';
import type { LabelChanges } from '../labelling/label-changes.js';
import type { Refusal } from '../refusal.js';

export interface ResolveOutcome {
  /** Null when it is not there. */
  readonly keeper: Asset | null;
  readonly trashed: readonly Asset[];
  readonly missingIds: readonly string[];
  /** Why nothing was done. */
  readonly refusal?: Refusal;
}

/** Assets that are locked until the end of a transaction. */
interface Locked {
  readonly assets: ReadonlyMap<string, Asset>;
  /** Labels of those that are to go. One that they are given at the same moment is as if they were given it afterwards. */
  readonly labelIds: readonly string[];
}

/** Makes one asset of several that show the same picture. */
export class DuplicateMergesService {
  constructor(
    private readonly libraries: Libraries,
    private readonly changes: LabelChanges,
    private readonly queue: JobQueue,
  ) {}

  /**
   * Moves what people said of some assets to another one, and puts them in the trash: all of it or nothing. Whether they
   * are duplicates, whoever calls decides.
   * @throws INVALID_ARGUMENT
   */
  async resolve(viewer: Viewer, keep: string, trash: readonly string[]): Promise<ResolveOutcome> {
    const ids = [...new Set(trash)];
    if (ids.length === 0 || ids.length > MAX_IDS)
      throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_IDS} ids`, 'trash', trash));
    if (ids.includes(keep))
      throw new AfterimageError('INVALID_ARGUMENT', expected('an id that is not in trash', 'keep', keep));
    const outcome = await this.libraries
      .rows(viewer.libraryId)
      .$transaction((transaction) => this.#resolve(transaction, viewer, keep, ids));
    this.queue.announce();
    return outcome;
  }

  async #resolve(
    transaction: LibraryTransaction,
    viewer: Viewer,
    keep: string,
    ids: readonly string[],
  ): Promise<ResolveOutcome> {
    const { assets, labelIds } = await this.#lock(transaction, viewer, keep, ids);
    const keeper = assets.get(keep);
    // One that is thrown away itself keeps nothing.
    if (!keeper || keeper.trashedAt) return { keeper: null, trashed: [], missingIds: [keep] };
    const others = ids.flatMap((id) => assets.get(id) ?? []);
    const otherIds = others.map(({ id }) => id);
    const missingIds = ids.filter((id) => !assets.has(id));
    if (others.length === 0) return { keeper, trashed: [], missingIds };
    const said = mergeSaid(keeper, others);
    if (said.tags.length > MAX_TAGS) {
      const message = expected(`at most ${MAX_TAGS} tags`, 'the tags of all', said.tags.length);
      return { keeper, trashed: [], missingIds, refusal: { code: 'TOO_MANY_TAGS', message, assetId: keep } };
    }
    await transaction.asset.updateMany({ where: { id: keep }, data: said });
    await this.#moveLabels(transaction, viewer, keep, { otherIds, labelIds });
    await moveCollections(transaction, viewer, keep, otherIds);
    const { libraryId } = viewer;
    await putIntoTrash(transaction, libraryId, otherIds);
    await this.queue.enqueueMany(transaction, { libraryId, kind: 'SYNC_VECTOR', assetIds: [keep, ...otherIds] });
    const after = await transaction.asset.findMany({ where: { id: { in: [keep, ...otherIds] } } });
    const byId = new Map(after.map((asset) => [asset.id, asset]));
    return { keeper: byId.get(keep)!, trashed: otherIds.map((id) => byId.get(id)!), missingIds };
  }

  /** In the order of `LabelChanges`. Of two who resolve the same assets, the later one sees what the earlier one did. */
  async #lock(
    transaction: LibraryTransaction,
    { libraryId }: Viewer,
    keep: string,
    ids: readonly string[],
  ): Promise<Locked> {
    const assigned = await transaction.assetLabel.findMany({
      where: { assetId: { in: ids.filter(isId) } },
      select: { labelId: true },
      distinct: ['labelId'],
    });
    const labels = await this.changes.keepLabels(
      transaction,
      libraryId,
      assigned.map(({ labelId }) => labelId),
    );
    const found = await this.changes.lock(transaction, libraryId, [keep, ...ids]);
    const assets = await transaction.asset.findMany({ where: { id: { in: found } } });
    return { assets: new Map(assets.map((asset) => [asset.id, asset])), labelIds: labels.map(({ id }) => id) };
  }

  async #moveLabels(
    transaction: LibraryTransaction,
    { libraryId, keyId: byId }: Viewer,
    keep: string,
    { otherIds, labelIds }: { readonly otherIds: string[]; readonly labelIds: readonly string[] },
  ): Promise<void> {
    const rows = await transaction.assetLabel.findMany({
      where: {
        OR: [{ assetId: keep }, { assetId: { in: otherIds }, labelId: { in: [...labelIds] } }],
        label: { deletedAt: null },
      },
      include: { label: { include: { labelSet: true } } },
    });
    const batch = { id: randomUUID(), libraryId, kind: 'DUPLICATES', labelSetId: null, byId } as const;
    await this.changes.write(transaction, batch, mergeLabels(keep, rows));
  }
}

/** Puts an asset into the collections of others, and on the covers where they are. */
async function moveCollections(
  transaction: LibraryTransaction,
  { libraryId }: Viewer,
  keep: string,
  otherIds: readonly string[],
): Promise<void> {
  // After the assets, as everybody does who locks both.
  const locked = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "collection" WHERE "library_id" = ${libraryId}::uuid AND ("cover_id" = ANY (${[...otherIds]}::uuid[])
      OR "id" IN (SELECT "collection_id" FROM "collection_asset" WHERE "asset_id" = ANY (${[...otherIds]}::uuid[])))
    ORDER BY "id" FOR NO KEY UPDATE`;
  const ids = locked.map(({ id }) => id);
  await transaction.$executeRaw`
    WITH "joined" AS (
      INSERT INTO "collection_asset" ("collection_id", "asset_id")
      SELECT DISTINCT "collection_id", ${keep}::uuid FROM "collection_asset"
      WHERE "asset_id" = ANY (${[...otherIds]}::uuid[]) AND "collection_id" = ANY (${ids}::uuid[])
      ON CONFLICT DO NOTHING RETURNING "collection_id"
    ), "covered" AS (
      SELECT "id" FROM "collection" WHERE "cover_id" = ANY (${[...otherIds]}::uuid[]) AND "id" = ANY (${ids}::uuid[])
    )
    UPDATE "collection" SET "updated_at" = now(),
      "cover_id" = CASE WHEN "id" IN (SELECT "id" FROM "covered") THEN ${keep}::uuid ELSE "cover_id" END
    WHERE "id" IN (SELECT "collection_id" FROM "joined" UNION SELECT "id" FROM "covered")`;
}
