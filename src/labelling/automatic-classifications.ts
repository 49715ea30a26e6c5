import { beginClassification } from './begin-classification.js';
import { lockLabelSet } from './label-locks.js';
import { WITH_LABELS } from './label-sets.service.js';
import type { SetKey } from './learning/label-heads.js';
import type { Libraries } from '../access/libraries.js';
import type { AssetsService } from '../assets/assets.service.js';
import type { ServedModels } from '../assets/served-models.js';
import { Prisma, type PrismaClient } from '../database/database.js';
import { AfterimageError } from '../errors.js';
import type { JobQueue } from '../jobs/job-queue.js';

/**
 * Has automatic sets classify their libraries anew when another head answers for them than the last time that they did: when
 * they have learned, and when what they learned was taken back.
 */
export class AutomaticClassifications {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly libraries: Libraries,
    private readonly assets: AssetsService,
    private readonly models: ServedModels,
    private readonly queue: JobQueue,
  ) {}

  /** Begins those that are due, in all libraries. */
  async begin(): Promise<void> {
    const { id: modelId } = await this.models.active();
    const due = await this.prisma.$queryRaw<SetKey[]>`
      SELECT "set"."id" AS "labelSetId", "set"."library_id" AS "libraryId" ${dueWith(modelId)}`;
    for (const key of due)
      await this.#begin(key, modelId).catch((error: unknown) => {
        // Deleted by now.
        if (!(error instanceof AfterimageError && error.code === 'LABEL_SET_NOT_FOUND')) throw error;
      });
  }

  async #begin({ libraryId, labelSetId }: SetKey, modelId: string): Promise<void> {
    const total = await this.assets.count({ libraryId, role: 'VIEWER', keyId: null });
    await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      await lockLabelSet(transaction, libraryId, labelSetId);
      const set = await transaction.labelSet.findUniqueOrThrow({ where: { id: labelSetId }, include: WITH_LABELS });
      // Another process may have begun it, or somebody changed the set, by now.
      const [due] = await transaction.$queryRaw<{ headId: string | null }[]>`
        SELECT "head"."id" AS "headId" ${dueWith(modelId)} AND "set"."id" = ${labelSetId}::uuid`;
      if (!due) return;
      await beginClassification(transaction, this.queue, set, {
        isDryRun: false,
        isAutomatic: true,
        filter: {},
        threshold: null,
        modelId,
        headId: due.headId,
        total,
        requestedById: null,
      });
    });
    this.queue.announce();
  }
}

/**
 * Sets that are due, each with the "head" that answers, if one does. One that is under way is let come to its end first,
 * whoever asked for it: else a large library would never be done while people label, and the older of two heads might have
 * the last word.
 */
function dueWith(modelId: string): Prisma.Sql {
  return Prisma.sql`
    FROM "label_set" AS "set"
    LEFT JOIN "label_head" AS "head" ON "head"."label_set_id" = "set"."id" AND "head"."model_id" = ${modelId}
      AND "head"."state" = 'ACTIVE'
    LEFT JOIN LATERAL (
      SELECT "head_id" FROM "classification" WHERE "label_set_id" = "set"."id" AND "is_automatic"
      ORDER BY "created_at" DESC, "id" DESC LIMIT 1) AS "last" ON true
    WHERE "set"."is_automatic" AND "set"."deleted_at" IS NULL AND "head"."id" IS DISTINCT FROM "last"."head_id"
      AND EXISTS (SELECT FROM "label" WHERE "label_set_id" = "set"."id" AND "deleted_at" IS NULL)
      AND NOT EXISTS (
        SELECT FROM "classification" WHERE "label_set_id" = "set"."id" AND "state" = 'RUNNING' AND NOT "is_dry_run")`;
}
