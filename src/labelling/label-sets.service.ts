import { randomUUID } from 'node:crypto';
import type { LabelChanges } from './label-changes.js';
import type { LabelDeletion } from './label-deletion.job.js';
import { labelSetNotFound, lockLabelSet, lockLabelsOfSet, lockWholeLabelSet } from './label-locks.js';
import { addLabels, toStoredName, type LabelFields } from './label-rows.js';
import { checkDescription, checkProbability, checkTemplates } from './label-rules.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import type { Label, LabelSet } from '../database/generated/client.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';

export type LabelSetWithLabels = LabelSet & { readonly labels: readonly Label[] };

/** What a person says of a set; what is left out stays as it is, or is as by default. */
export interface LabelSetFields {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly isExclusive?: boolean | null;
  readonly isAutomatic?: boolean | null;
  /** Prompts with {} in place of the label; none for the model's own. */
  readonly templates?: readonly string[] | null;
  /** 0 to 1. */
  readonly threshold?: number | null;
}

export const WITH_LABELS = { labels: { where: { deletedAt: null }, orderBy: { nameKey: 'asc' } } } as const;

/** The sets that labels belong to. */
export class LabelSetsService {
  constructor(
    private readonly libraries: Libraries,
    private readonly changes: LabelChanges,
    private readonly deletion: LabelDeletion,
  ) {}

  /** With their labels, all by name. */
  async list({ libraryId }: Viewer): Promise<LabelSetWithLabels[]> {
    return this.libraries.rows(libraryId).labelSet.findMany({ include: WITH_LABELS, orderBy: { nameKey: 'asc' } });
  }

  /** Null when there is none. */
  async find({ libraryId }: Pick<Viewer, 'libraryId'>, id: string): Promise<LabelSetWithLabels | null> {
    if (!isId(id)) return null;
    return this.libraries.rows(libraryId).labelSet.findUnique({ where: { id }, include: WITH_LABELS });
  }

  /** @throws LABEL_SET_NOT_FOUND */
  async get(viewer: Viewer, id: string): Promise<LabelSetWithLabels> {
    const set = await this.find(viewer, id);
    if (!set) throw labelSetNotFound(id);
    return set;
  }

  /** As above, for what needs labels. @throws LABEL_SET_NOT_FOUND, LABEL_SET_EMPTY */
  async getFilled(viewer: Viewer, id: string): Promise<LabelSetWithLabels> {
    const set = await this.get(viewer, id);
    if (set.labels.length === 0)
      throw new AfterimageError('LABEL_SET_EMPTY', expected('a set that has labels', 'labelSetId', id));
    return set;
  }

  /** With its labels, all or nothing. @throws INVALID_ARGUMENT, LABEL_SET_EXISTS */
  async create(
    viewer: Viewer,
    { labels, ...fields }: LabelSetFields & { name: string; labels?: readonly LabelFields[] | null },
  ): Promise<LabelSetWithLabels> {
    const { libraryId } = viewer;
    const id = randomUUID();
    const stored = { ...toStored(fields), ...toStoredName(fields.name, 'a label set') };
    await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const { count } = await transaction.labelSet.createMany({
        data: [{ id, libraryId, ...stored }],
        skipDuplicates: true,
      });
      if (count === 0) throw exists(stored.name);
      await addLabels(transaction, libraryId, id, labels ?? []);
    });
    return this.get(viewer, id);
  }

  /** @throws INVALID_ARGUMENT, LABEL_SET_NOT_FOUND, LABEL_SET_EXISTS, LABEL_SET_NOT_EXCLUSIVE */
  async update(viewer: Viewer, id: string, fields: LabelSetFields): Promise<LabelSetWithLabels> {
    const stored = { ...toStored(fields), ...(fields.name != null && toStoredName(fields.name, 'a label set')) };
    const updating = this.libraries.rows(viewer.libraryId).$transaction(async (transaction) => {
      await lockLabelSet(transaction, viewer.libraryId, id, 'id');
      if (stored.isAutomatic === false) await cancelAutomatic(transaction, id);
      if (stored.isExclusive) await requireExclusive(transaction, id);
      await transaction.labelSet.updateMany({ where: { id }, data: stored });
    });
    await updating.catch((error: unknown) => {
      throw isUniqueViolation(error) ? exists(stored.name) : error;
    });
    return this.get(viewer, id);
  }

  /** With its labels, on whatever assets they are, whose history tells of it. @returns what there was @throws LABEL_SET_NOT_FOUND */
  async delete(viewer: Viewer, id: string): Promise<LabelSetWithLabels> {
    const { libraryId } = viewer;
    const deleted = await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      await lockWholeLabelSet(transaction, libraryId, id);
      const set = await transaction.labelSet.findUniqueOrThrow({ where: { id }, include: WITH_LABELS });
      await this.deletion.deleteSet(transaction, viewer, id);
      return set;
    });
    this.changes.announce();
    return deleted;
  }
}

/** What a set began by itself, it ends when it is to suggest nothing by itself any more. */
async function cancelAutomatic(transaction: LibraryTransaction, labelSetId: string): Promise<void> {
  await transaction.classification.updateMany({
    where: { labelSetId, isAutomatic: true, state: 'RUNNING' },
    data: { state: 'CANCELLED', finishedAt: new Date() },
  });
}

/** Whoever gives a second label to an asset is done by now, or sees afterwards that the set is exclusive. */
async function requireExclusive(transaction: LibraryTransaction, id: string): Promise<void> {
  await lockLabelsOfSet(transaction, id);
  const [{ count }] = await transaction.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS "count" FROM (
      SELECT FROM "asset_label" JOIN "label" ON "label"."id" = "label_id"
      WHERE "label_set_id" = ${id}::uuid AND "deleted_at" IS NULL AND "state" = 'ACCEPTED' GROUP BY "asset_id" HAVING count(*) > 1) AS "several"`;
  if (count > 0)
    throw new AfterimageError(
      'LABEL_SET_NOT_EXCLUSIVE',
      expected('no asset with two accepted labels of the set', 'isExclusive', count),
    );
}

function toStored({ description, isExclusive, isAutomatic, templates, threshold }: LabelSetFields) {
  return {
    name: undefined as string | undefined,
    nameKey: undefined as string | undefined,
    ...(description !== undefined && { description: checkDescription(description) }),
    ...(isExclusive != null && { isExclusive }),
    ...(isAutomatic != null && { isAutomatic }),
    ...(templates != null && { templates: templates.length === 0 ? [] : checkTemplates(templates)! }),
    ...(threshold != null && { threshold: checkProbability(threshold, 'threshold') }),
  };
}

function exists(name: string | undefined): AfterimageError {
  return new AfterimageError('LABEL_SET_EXISTS', expected('a name that no other set has', 'name', name));
}
