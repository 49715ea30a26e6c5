import { z } from 'zod';
import type { DuplicateRows } from './duplicate-rows.js';
import type { Group } from './group-duplicates.js';
import { compareKeepers, type KeeperReason, type Ranked } from './keeper-order.js';
import { mergeInto } from './merge-assets.js';
import { DEFAULT_SIMILARITY, inOrder, LEAST_SIMILARITY } from './near-duplicates.js';
import { isAssetId } from '../asset-id.js';
import { MAX_IDS, type AssetsService, type BulkOutcome } from '../assets.service.js';
import type { Libraries } from '../../access/libraries.js';
import type { LibraryTransaction } from '../../access/library-scope.js';
import type { Viewer } from '../../access/viewer.js';
import type { Asset } from '../../database/generated/client.js';
import { AfterimageError, expected } from '../../errors.js';
import type { JobQueue } from '../../jobs/job-queue.js';
import { checkFirst, cursorsOf, toPage, type Edge, type Page, type PageRequest } from '../../pagination.js';

export const DUPLICATE_KINDS = ['EXACT', 'NEAR'] as const;
export type DuplicateKind = (typeof DUPLICATE_KINDS)[number];

/** Of a group: the others show themselves when these are in the trash. */
export const MAX_LISTED = 100;
/** Each pair of them is written. */
export const MAX_DISMISSED = 100;

export interface DuplicateGroup {
  readonly keeper: Asset;
  readonly keeperReason: KeeperReason;
  /** At most `MAX_LISTED`, the best first. */
  readonly duplicates: readonly { readonly asset: Asset; readonly similarity: number }[];
  /** Of all of them, the keeper too. */
  readonly size: number;
}

export interface DuplicateRequest extends PageRequest {
  readonly kind: DuplicateKind;
  /** Of NEAR ones: the least similarity, 0.9 to 1; 0.96 by default. */
  readonly threshold?: number | null;
}

export interface ResolveOutcome {
  /** Null when it is not there: then nothing was done. */
  readonly keeper: Asset | null;
  readonly trashed: readonly Asset[];
  readonly missingIds: readonly string[];
}

/** Pictures that are in the library more than once. */
export class DuplicatesService {
  constructor(
    private readonly libraries: Libraries,
    private readonly groups: DuplicateRows,
    private readonly assets: AssetsService,
    private readonly queue: JobQueue,
  ) {}

  /**
   * The groups in the order of their keepers. Groups are found anew for each page, so that what was resolved is gone.
   * @throws INVALID_ARGUMENT, INVALID_CURSOR
   */
  async list(
    viewer: Viewer,
    { kind, threshold, ...request }: DuplicateRequest,
  ): Promise<Page<Edge<DuplicateGroup>> & { readonly totalCount: number }> {
    const least = checkThreshold(kind, threshold);
    const first = checkFirst(request.first);
    const cursors = cursorsOf(['duplicates', kind, least], z.tuple([z.number(), z.number(), z.number(), z.uuid()]));
    const after = request.after == null ? null : toRanked(cursors.decode(request.after));
    const { libraryId } = viewer;
    const all = kind === 'EXACT' ? await this.groups.exact(libraryId) : await this.groups.near(libraryId, least);
    const groups = all.filter(({ keeper }) => !after || compareKeepers(after, keeper) < 0).slice(0, first + 1);
    const nodes = await this.#nodes(viewer, groups);
    const edges = groups.flatMap(({ keeper, ...group }) => {
      const { pixels, sharpness, time, id } = keeper;
      const node = nodes(keeper.id, group);
      return node ? { node, cursor: cursors.encode([pixels, sharpness, time, id]) } : [];
    });
    return { ...toPage(edges, request), totalCount: all.length };
  }

  /**
   * Moves what people said of some assets to another one, and puts them in the trash. Whether they are duplicates, whoever
   * calls decides.
   * @throws INVALID_ARGUMENT
   */
  async resolve(viewer: Viewer, keep: string, trash: readonly string[]): Promise<ResolveOutcome> {
    const ids = [...new Set(trash)];
    if (ids.length === 0 || ids.length > MAX_IDS)
      throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_IDS} ids`, 'trash', trash));
    if (ids.includes(keep))
      throw new AfterimageError('INVALID_ARGUMENT', expected('an id that is not in trash', 'keep', keep));
    const { libraryId } = viewer;
    const outcome = await this.#rows(viewer).$transaction(async (transaction): Promise<ResolveOutcome> => {
      const found = await lockAssets(transaction, libraryId, [keep, ...ids]);
      const keeper = found.get(keep);
      // One that is thrown away itself keeps nothing.
      if (!keeper || keeper.trashedAt) return { keeper: null, trashed: [], missingIds: [keep] };
      const others = ids.flatMap((id) => found.get(id) ?? []);
      const otherIds = others.map(({ id }) => id);
      if (others.length > 0) await mergeInto(transaction, keeper, others);
      await transaction.asset.updateMany({
        where: { id: { in: otherIds }, trashedAt: null },
        data: { trashedAt: new Date() },
      });
      await this.queue.enqueue(
        transaction,
        [keep, ...otherIds].map((assetId) => ({ libraryId, kind: 'SYNC_VECTOR', assetId })),
      );
      const after = await transaction.asset.findMany({ where: { id: { in: [keep, ...otherIds] } } });
      const byId = new Map(after.map((asset) => [asset.id, asset]));
      return {
        keeper: byId.get(keep)!,
        trashed: otherIds.map((id) => byId.get(id)!),
        missingIds: ids.filter((id) => !found.has(id)),
      };
    });
    this.queue.announce();
    return outcome;
  }

  /** Says of assets that no two of them are duplicates: they are in no group together any more. @throws INVALID_ARGUMENT */
  async dismiss(viewer: Viewer, ids: readonly string[]): Promise<BulkOutcome> {
    const unique = [...new Set(ids)];
    if (unique.length < 2 || unique.length > MAX_DISMISSED)
      throw new AfterimageError('INVALID_ARGUMENT', expected(`2 to ${MAX_DISMISSED} ids`, 'ids', ids));
    const found = await this.assets.findMany(viewer, unique);
    const there = unique.filter((id) => found.has(id));
    const pairs = there.flatMap((id, index) => there.slice(index + 1).map((other) => inOrder(id, other)));
    await this.#rows(viewer).distinctPair.createMany({
      data: pairs.map(([assetId, otherId]) => ({ assetId, otherId, decidedById: viewer.keyId })),
      skipDuplicates: true,
    });
    return { assets: there.map((id) => found.get(id)!), missingIds: unique.filter((id) => !found.has(id)) };
  }

  /** One statement for all assets of a page. */
  async #nodes(viewer: Viewer, groups: readonly Group[]) {
    const listed = groups.flatMap(({ keeper, others }) => [keeper, ...others.slice(0, MAX_LISTED)]);
    const found = await this.assets.findMany(
      viewer,
      listed.map(({ id }) => id),
    );
    return (keeperId: string, { reason, others }: Omit<Group, 'keeper'>): DuplicateGroup | undefined => {
      const keeper = found.get(keeperId);
      const duplicates = others.slice(0, MAX_LISTED).flatMap(({ id, similarity }) => {
        const asset = found.get(id);
        return asset ? { asset, similarity } : [];
      });
      // It may have been deleted since.
      return keeper && { keeper, keeperReason: reason, duplicates, size: others.length + 1 };
    };
  }

  #rows({ libraryId }: Viewer) {
    return this.libraries.rows(libraryId);
  }
}

/** Of two who resolve the same assets, the later one sees what the earlier one did. */
async function lockAssets(
  transaction: LibraryTransaction,
  libraryId: string,
  ids: readonly string[],
): Promise<Map<string, Asset>> {
  const known = ids.filter(isAssetId);
  await transaction.$queryRaw`
    SELECT "id" FROM "asset" WHERE "id" = ANY (${known}::uuid[]) AND "library_id" = ${libraryId}::uuid
    ORDER BY "id" FOR UPDATE`;
  const found = await transaction.asset.findMany({ where: { id: { in: known } } });
  return new Map(found.map((asset) => [asset.id, asset]));
}

function checkThreshold(kind: DuplicateKind, threshold: number | null | undefined): number {
  if (kind === 'EXACT' && threshold != null)
    throw new AfterimageError('INVALID_ARGUMENT', expected('none', 'threshold of EXACT ones', threshold));
  const least = threshold ?? DEFAULT_SIMILARITY;
  if (!(least >= LEAST_SIMILARITY && least <= 1))
    throw new AfterimageError('INVALID_ARGUMENT', expected(`${LEAST_SIMILARITY} to 1`, 'threshold', least));
  return least;
}

function toRanked([pixels, sharpness, time, id]: [number, number, number, string]): Ranked {
  return { pixels, sharpness, time, id };
}
