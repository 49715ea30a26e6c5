import { z } from 'zod';
import type { SetLabel } from './label-changes.js';
import type { LabelSetsService } from './label-sets.service.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import { rowCondition } from '../assets/asset-filter.rows.js';
import { Prisma } from '../database/database.js';
import type { Asset, AssetLabel } from '../database/generated/client.js';
import { stillThere } from '../database/still-there.js';
import { isId } from '../id.js';
import { checkFirst, cursorsOf, toPresentPage, type Edge, type Page, type PageRequest } from '../pagination.js';

export const REVIEW_ORDERS = ['UNCERTAIN_FIRST', 'CONFIDENT_FIRST', 'DISAGREEMENT'] as const;
export type ReviewOrder = (typeof REVIEW_ORDERS)[number];

export interface ReviewRequest {
  readonly labelSetId: string;
  readonly order: ReviewOrder;
  /** These labels of the set only; all by default. */
  readonly labelIds?: readonly string[] | null;
  readonly filter?: AssetFilter | null;
}

/** A label on an asset, with the revision to decide upon. */
export type ReviewAssignment = AssetLabel & { readonly label: Omit<SetLabel, 'labelSet'> };

/** An asset with what is to be decided of it, the surest first. */
export interface ReviewItem {
  readonly asset: Asset;
  readonly assignments: readonly ReviewAssignment[];
}

/** From which rows the place of an asset comes, and how: the higher, the sooner. */
const RANKINGS: Readonly<Record<ReviewOrder, { condition: Prisma.Sql; rank: Prisma.Sql }>> = {
  // By the suggestion that is nearest to even.
  UNCERTAIN_FIRST: {
    condition: Prisma.sql`"asset_label"."state" = 'SUGGESTED'`,
    rank: Prisma.sql`max(-abs(coalesce("probability", 0.5) - 0.5))`,
  },
  CONFIDENT_FIRST: {
    condition: Prisma.sql`"asset_label"."state" = 'SUGGESTED'`,
    rank: Prisma.sql`max(coalesce("probability", 0.5))`,
  },
  // Decisions that the model thinks less likely than not and nobody has upheld, by how little it thinks of them.
  DISAGREEMENT: {
    condition: Prisma.sql`"source" = 'HUMAN' AND "asset_label"."state" <> 'SUGGESTED' AND NOT "is_upheld"
      AND ("asset_label"."state" = 'ACCEPTED') <> ("probability" >= 0.5)`,
    rank: Prisma.sql`max(abs("probability" - 0.5))`,
  },
};

/** What people have still to decide of a set, or might think over. */
export class ReviewQueue {
  constructor(
    private readonly libraries: Libraries,
    private readonly labelSets: LabelSetsService,
  ) {}

  /** @throws INVALID_ARGUMENT, INVALID_CURSOR, INVALID_FILTER, LABEL_SET_NOT_FOUND */
  async page(viewer: Viewer, request: ReviewRequest & PageRequest): Promise<Page<Edge<ReviewItem>>> {
    const { labelSetId, order, labelIds, filter, ...page } = request;
    await this.labelSets.get(viewer, labelSetId);
    const cursors = cursorsOf(
      ['review', labelSetId, order, labelIds ?? null, filter ?? {}],
      z.tuple([z.number(), z.uuid()]),
    );
    const after = page.after == null ? undefined : cursors.decode(page.after);
    const rows = this.libraries.rows(viewer.libraryId);
    const places = await rows.$queryRaw<{ id: string; rank: number }[]>`
      SELECT "asset"."id", "rank" ${await this.#ranked(viewer, request)}
        ${after ? Prisma.sql`AND ("rank" < ${after[0]} OR ("rank" = ${after[0]} AND "asset"."id" > ${after[1]}::uuid))` : Prisma.empty}
      ORDER BY "rank" DESC, "asset"."id" LIMIT ${checkFirst(page.first) + 1}`;
    const assetIds = places.map(({ id }) => id);
    const assets = await rows.asset.findMany({ where: { id: { in: assetIds } } });
    const assignments = await rows.assetLabel.findMany({
      where: {
        assetId: { in: assetIds },
        label: { labelSetId, deletedAt: null },
        ...(order === 'DISAGREEMENT' ? {} : { state: 'SUGGESTED' as const }),
        ...(labelIds && { labelId: { in: labelIds.filter(isId) } }),
      },
      include: { label: true },
      orderBy: [{ probability: { sort: 'desc', nulls: 'last' } }, { labelId: 'asc' }],
    });
    const present = stillThere(assignments, 'label');
    const byId = new Map(assets.map((asset) => [asset.id, asset]));
    const found = places.map(({ id, rank }) => {
      const asset = byId.get(id);
      const own = present.filter(({ assetId }) => assetId === id);
      // Somebody may have decided of it since its place was found.
      const node = asset && own.length > 0 ? { asset, assignments: own } : undefined;
      return { cursor: cursors.encode([rank, id]), node };
    });
    return toPresentPage(found, page);
  }

  /** How many assets are left. @throws INVALID_FILTER */
  async count(viewer: Viewer, request: ReviewRequest): Promise<number> {
    const [{ count }] = await this.libraries.rows(viewer.libraryId).$queryRaw<[{ count: number }]>`
      SELECT count(*)::int AS "count" ${await this.#ranked(viewer, request)}`;
    return count;
  }

  async #ranked({ libraryId }: Viewer, { labelSetId, order, labelIds, filter }: ReviewRequest): Promise<Prisma.Sql> {
    const { condition, rank } = RANKINGS[order];
    const isAsked = labelIds ? Prisma.sql`AND "label_id" = ANY(${labelIds.filter(isId)}::uuid[])` : Prisma.empty;
    const assetCondition = await rowCondition(this.libraries.rows(libraryId), libraryId, filter ?? {});
    return Prisma.sql`
      FROM (
        SELECT "asset_id", ${rank} AS "rank" FROM "asset_label"
        WHERE "label_id" IN (SELECT "id" FROM "label" WHERE "label_set_id" = ${labelSetId}::uuid AND "deleted_at" IS NULL) AND ${condition} ${isAsked}
        GROUP BY "asset_id") AS "ranked"
      JOIN "asset" ON "asset"."id" = "ranked"."asset_id"
      WHERE ${assetCondition}`;
  }
}
