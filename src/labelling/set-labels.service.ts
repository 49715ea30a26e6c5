import { isDeepStrictEqual } from 'node:util';
import type { LabelChanges } from './label-changes.js';
import type { LabelDeletion } from './label-deletion.job.js';
import { lockLabels, lockLabelSet } from './label-locks.js';
import type { LabelRefresh } from './label-refresh.job.js';
import { addLabels, labelExists, setParents, toStoredFields, toStoredName, type LabelFields } from './label-rows.js';
import { checkLabelIds } from './label-rules.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { Label } from '../database/generated/client.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { AfterimageError, expected } from '../errors.js';

/** The labels of sets, and those of none. */
export class SetLabelsService {
  constructor(
    private readonly libraries: Libraries,
    private readonly changes: LabelChanges,
    private readonly refresh: LabelRefresh,
    private readonly deletion: LabelDeletion,
  ) {}

  /** All or nothing. @throws INVALID_ARGUMENT, LABEL_SET_NOT_FOUND, LABEL_EXISTS */
  async create({ libraryId }: Viewer, labelSetId: string, labels: readonly LabelFields[]): Promise<void> {
    await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      await lockLabelSet(transaction, libraryId, labelSetId);
      await addLabels(transaction, libraryId, labelSetId, labels);
    });
  }

  /**
   * What is left out stays as it is. A label that is called otherwise is the same one: id, assignments and history stay.
   * @throws INVALID_ARGUMENT, LABEL_NOT_FOUND, LABEL_EXISTS
   */
  async update({ libraryId }: Viewer, id: string, fields: Partial<LabelFields>): Promise<Label> {
    const { name, parent, ...rest } = fields;
    const named = name == null ? null : toStoredName(name);
    const stored = { ...toStoredFields(rest), ...named };
    const updating = this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const [label] = await lockLabels(transaction, libraryId, { id });
      const { labelSetId } = label!;
      await transaction.label.updateMany({ where: { id }, data: stored });
      if (parent !== undefined) {
        if (labelSetId === null)
          throw new AfterimageError('INVALID_ARGUMENT', expected('a label of a set', 'one with a parent', label!.name));
        await setParents(transaction, labelSetId, new Map([[id, parent]]));
      }
      const changed = await transaction.label.findUniqueOrThrow({ where: { id } });
      if (changed.name !== label!.name || !isDeepStrictEqual(changed.synonyms, label!.synonyms))
        await this.refresh.begin(transaction, libraryId, id, changed.nameKey !== label!.nameKey);
      return changed;
    });
    const updated = await updating.catch((error: unknown) => {
      throw named && isUniqueViolation(error) ? labelExists(named.name) : error;
    });
    this.changes.announce();
    return updated;
  }

  /** On whatever assets they are, whose history tells of it. All or nothing. @throws INVALID_ARGUMENT, LABEL_NOT_FOUND */
  async delete(viewer: Viewer, ids: readonly string[]): Promise<string[]> {
    checkLabelIds(ids);
    const { libraryId } = viewer;
    const labels = await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const locked = await lockLabels(transaction, libraryId, { ids });
      await this.deletion.deleteLabels(transaction, viewer, locked);
      return locked;
    });
    this.changes.announce();
    return labels.map(({ id }) => id);
  }
}
