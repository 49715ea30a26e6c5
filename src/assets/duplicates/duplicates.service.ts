import { z } from 'zod';
import type { DuplicateRows } from './duplicate-rows.js';
import type { Group } from './group-duplicates.js';
import { compareRanks, type KeeperReason, type Place } from './keeper-order.js';
import { DEFAULT_SIMILARITY, inOrder, LEAST_SIMILARITY } from './near-duplicates.js';
import type { AssetsService, BulkOutcome } from '../assets.service.js';
import type { Libraries } from '../../access/libraries.js';
import type { Viewer } from '../../access/viewer.js';
import type { Asset } from '../../database/generated/client.js';
import { AfterimageError, expected } from '../../errors.js';
import { isId } from '../../id.js';
import { checkFirst, cursorsOf, toPresentPage, type Edge, type Page, type PageRequest } from '../../pagination.js';

export const DUPLICATE_KINDS = ['EXACT', 'NEAR'] as const;
export type DuplicateKind = (typeof DUPLICATE_KINDS)[number];

/** Of a group: the others show themselves when these are in the trash. */
export const MAX_LISTED = 100;
/** Each pair of them is written. */
export const MAX_DISMISSED = 100;

export interface DuplicateGroup {
  readonly keeper: Asset;
  readonly keeperReason: KeeperReason;
  /** At most `MAX_LISTED`, the largest first, then the oldest. */
  readonly duplicates: readonly { readonly asset: Asset; readonly similarity: number }[];
  /** Of all of them, the keeper too. */
  readonly size: number;
}

export interface DuplicateRequest extends PageRequest {
  readonly kind: DuplicateKind;
  /** Of NEAR ones: the least similarity, 0.9 to 1; 0.96 by default. */
  readonly threshold?: number | null;
}

/** Pictures that are in the library more than once. */
export class DuplicatesService {
  constructor(
    private readonly libraries: Libraries,
    private readonly groups: DuplicateRows,
    private readonly assets: AssetsService,
  ) {}

  /**
   * The groups, those of the largest keepers first, then of the oldest. They are found anew for each page, so that what
   * was resolved is gone.
   * @throws INVALID_ARGUMENT, INVALID_CURSOR
   */
  async list(
    viewer: Viewer,
    { kind, threshold, ...request }: DuplicateRequest,
  ): Promise<Page<Edge<DuplicateGroup>> & { readonly totalCount: number }> {
    const least = checkThreshold(kind, threshold);
    const first = checkFirst(request.first);
    const cursors = cursorsOf(
      ['duplicate groups', kind, least],
      z.tuple([z.number(), z.number(), z.number(), z.uuid()]),
    );
    const after = request.after == null ? null : toPlace(cursors.decode(request.after));
    const { libraryId } = viewer;
    const all = kind === 'EXACT' ? await this.groups.exact(libraryId) : await this.groups.near(libraryId, least);
    const rest = all.filter(({ keeper }) => !after || compareRanks(after, keeper) < 0).slice(0, first + 1);
    const groupOf = await this.#nodes(viewer, rest.slice(0, first));
    const found = rest.map((group) => ({ cursor: cursors.encode(toPosition(group.keeper)), node: groupOf(group) }));
    return { ...toPresentPage(found, request), totalCount: all.length };
  }

  /** Says of assets that no two of them are duplicates: they are in no group together any more. @throws INVALID_ARGUMENT */
  async dismiss(viewer: Viewer, ids: readonly string[]): Promise<BulkOutcome> {
    const unique = [...new Set(ids)];
    if (unique.length < 2 || unique.length > MAX_DISMISSED)
      throw new AfterimageError('INVALID_ARGUMENT', expected(`2 to ${MAX_DISMISSED} different ids`, 'ids', unique));
    const found = await this.libraries.rows(viewer.libraryId).$transaction(async (transaction) => {
      const known = unique.filter(isId);
      // So that nobody deletes one meanwhile.
      await transaction.$queryRaw`
        SELECT FROM "asset" WHERE "id" = ANY (${known}::uuid[]) AND "library_id" = ${viewer.libraryId}::uuid
        ORDER BY "id" FOR KEY SHARE`;
      const assets: Asset[] = await transaction.asset.findMany({ where: { id: { in: known } } });
      const there = assets.map(({ id }) => id);
      const pairs = there.flatMap((id, index) => there.slice(index + 1).map((other) => inOrder(id, other)));
      await transaction.distinctPair.createMany({
        data: pairs.map(([assetId, otherId]) => ({ assetId, otherId, decidedById: viewer.keyId })),
        skipDuplicates: true,
      });
      return new Map(assets.map((asset) => [asset.id, asset]));
    });
    return {
      // Of one alone nothing was said.
      assets: found.size < 2 ? [] : unique.flatMap((id) => found.get(id) ?? []),
      missingIds: unique.filter((id) => !found.has(id)),
    };
  }

  /** One statement for all assets of a page. */
  async #nodes(viewer: Viewer, groups: readonly Group[]) {
    const listed = groups.flatMap(({ keeper, others }) => [keeper, ...others.slice(0, MAX_LISTED)]);
    const found = await this.assets.findMany(
      viewer,
      listed.map(({ id }) => id),
    );
    return ({ keeper: { id: keeperId }, reason, others }: Group): DuplicateGroup | undefined => {
      const keeper = found.get(keeperId);
      const duplicates = others.slice(0, MAX_LISTED).flatMap(({ id, similarity }) => {
        const asset = found.get(id);
        return asset ? { asset, similarity } : [];
      });
      return keeper && { keeper, keeperReason: reason, duplicates, size: others.length + 1 };
    };
  }
}

function checkThreshold(kind: DuplicateKind, threshold: number | null | undefined): number {
  if (kind === 'EXACT' && threshold != null)
    throw new AfterimageError('INVALID_ARGUMENT', expected('none', 'threshold of EXACT ones', threshold));
  const least = threshold ?? DEFAULT_SIMILARITY;
  if (!(least >= LEAST_SIMILARITY && least <= 1))
    throw new AfterimageError('INVALID_ARGUMENT', expected(`${LEAST_SIMILARITY} to 1`, 'threshold', least));
  return least;
}

type Position = [pixels: number, time: number, bytes: number, id: string];

function toPosition({ pixels, time, bytes, id }: Place): Position {
  return [pixels, time, bytes, id];
}

function toPlace([pixels, time, bytes, id]: Position): Place {
  return { pixels, time, bytes, id };
}
