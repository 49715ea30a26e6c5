import { randomUUID } from 'node:crypto';
import { toTag } from './asset-fields.js';
import { cleanText } from './clean-text.js';
import { TEXT_BYTES, textPortions, type TextSize } from './text-portions.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import type { TagRenaming as Row } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import type { JobHandler } from '../jobs/job-outcomes.js';
import type { JobQueue, RunningJob } from '../jobs/job-queue.js';
import { checkStorable } from '../storable-text.js';

/** Assets of one transaction at most; of long texts fewer. */
const PORTION = 500;
/** Before every asset. */
const START = '00000000-0000-0000-0000-000000000000';

/** How many assets have been reached, and how many are left for jobs. */
export interface RenamingOutcome {
  readonly changedCount: number;
  readonly remainingCount: number;
}

type Renaming = Pick<Row, 'libraryId' | 'fromTag' | 'toTag' | 'upTo'>;

/**
 * Renames a tag on all assets of a library that have it, those in the trash too, or takes it off them. Of few it is done at
 * once. Else a job does each further portion, and enqueues the next in the transaction that writes it.
 */
export class TagRenaming implements JobHandler {
  constructor(
    private readonly libraries: Libraries,
    private readonly queue: JobQueue,
  ) {}

  /** An asset that has both keeps the other one where it is. @throws INVALID_ARGUMENT */
  async rename(viewer: Viewer, from: string, to: string): Promise<RenamingOutcome> {
    const tags = { fromTag: toKnownTag(from, 'from'), toTag: toTag(to, 'to') };
    if (tags.fromTag === tags.toTag) throw new AfterimageError('INVALID_ARGUMENT', expected('another tag', 'to', to));
    return this.#begin(viewer, tags);
  }

  /** @throws INVALID_ARGUMENT */
  async delete(viewer: Viewer, tag: string): Promise<RenamingOutcome> {
    return this.#begin(viewer, { fromTag: toKnownTag(tag, 'tag'), toTag: null });
  }

  /** The job is about a renaming instead of an asset. */
  async run({ assetId: id, libraryId }: Pick<RunningJob, 'assetId' | 'libraryId'>): Promise<void> {
    await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const [renaming] = await transaction.$queryRaw<Renaming[]>`
        SELECT "library_id" AS "libraryId", "from_tag" AS "fromTag", "to_tag" AS "toTag", "up_to" AS "upTo"
        FROM "tag_renaming" WHERE "id" = ${id}::uuid AND "library_id" = ${libraryId}::uuid FOR UPDATE`;
      if (!renaming) return;
      const { ids, isLast } = await this.#renameSome(transaction, renaming);
      if (isLast) await transaction.tagRenaming.deleteMany({ where: { id } });
      else {
        await transaction.tagRenaming.updateMany({ where: { id }, data: { upTo: ids.at(-1)! } });
        await this.#enqueue(transaction, libraryId, id);
      }
    });
    this.queue.announce();
  }

  async #begin({ libraryId }: Viewer, tags: Pick<Renaming, 'fromTag' | 'toTag'>): Promise<RenamingOutcome> {
    const outcome = await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const renaming = { ...tags, libraryId };
      const { ids, isLast } = await this.#renameSome(transaction, { ...renaming, upTo: START });
      const remainingCount = isLast ? 0 : await countAfter(transaction, { ...renaming, upTo: ids.at(-1)! });
      if (remainingCount > 0) {
        const id = randomUUID();
        await transaction.tagRenaming.createMany({ data: [{ ...renaming, id, upTo: ids.at(-1)! }] });
        await this.#enqueue(transaction, libraryId, id);
      }
      return { changedCount: ids.length, remainingCount };
    });
    this.queue.announce();
    return outcome;
  }

  #enqueue(transaction: LibraryTransaction, libraryId: string, id: string): Promise<void> {
    return this.queue.enqueue(transaction, [{ libraryId, kind: 'RENAME_TAG', assetId: id }]);
  }

  /** @returns ids of the next assets that had the tag, in their order, and whether there are no more */
  async #renameSome(
    transaction: LibraryTransaction,
    { libraryId, fromTag, toTag, upTo }: Renaming,
  ): Promise<{ readonly ids: readonly string[]; readonly isLast: boolean }> {
    const locked = await transaction.$queryRaw<TextSize[]>`
      SELECT "id", ${TEXT_BYTES} FROM "asset"
      WHERE "library_id" = ${libraryId}::uuid AND "tags" @> ARRAY[${fromTag}] AND "id" > ${upTo}::uuid
      ORDER BY "id" LIMIT ${PORTION} FOR NO KEY UPDATE`;
    const [assetIds = []] = textPortions(locked);
    await transaction.$executeRaw`
      UPDATE "asset" SET "updated_at" = clock_timestamp(), "tags" = CASE
        WHEN ${toTag}::text IS NULL OR ${toTag} = ANY ("tags") THEN array_remove("tags", ${fromTag})
        ELSE array_replace("tags", ${fromTag}, ${toTag}) END
      WHERE "id" = ANY (${assetIds}::uuid[])`;
    await this.queue.enqueueMany(transaction, { libraryId, kind: 'SYNC_VECTOR', assetIds });
    return { ids: assetIds, isLast: assetIds.length === locked.length && locked.length < PORTION };
  }
}

async function countAfter(transaction: LibraryTransaction, { libraryId, fromTag, upTo }: Renaming): Promise<number> {
  const [row] = await transaction.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS "count" FROM "asset"
    WHERE "library_id" = ${libraryId}::uuid AND "tags" @> ARRAY[${fromTag}] AND "id" > ${upTo}::uuid`;
  return row.count;
}

/** Also one that could not be given any more. @throws INVALID_ARGUMENT */
function toKnownTag(text: string, name: string): string {
  const tag = cleanText(checkStorable(text, name));
  if (!tag) throw new AfterimageError('INVALID_ARGUMENT', expected('a tag', name, text));
  return tag;
}
