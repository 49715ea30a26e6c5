import { randomUUID } from 'node:crypto';
import type { LabelChange, LabelChanges } from './label-changes.js';
import { lockLabels } from './label-locks.js';
import type { LabelRefresh } from './label-refresh.job.js';
import { ancestorsOf } from './label-parents.js';
import { checkLabelIds, MAX_SYNONYMS } from './label-rules.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetLabel, Label } from '../database/generated/client.js';
import { labelKey } from '../assets/label-name.js';
import { AfterimageError, expected } from '../errors.js';
import { groupBy } from '../group-by.js';

/** Assets whose labels are moved at once: what a transaction has time for. */
const MERGED_AT_ONCE = 1_000;

/** Several labels that become one. */
export class MergeLabelsService {
  constructor(
    private readonly libraries: Libraries,
    private readonly changes: LabelChanges,
    private readonly refresh: LabelRefresh,
  ) {}

  /**
   * Makes several labels one: their names become synonyms, their children its own, and their assignments move. Where two
   * meet on an asset, what a person decided comes first, and of two such the acceptance, not one in bulk
   * where there is another.
   * @throws INVALID_ARGUMENT for labels of different sets, LABEL_NOT_FOUND, LABEL_TOO_MANY_SYNONYMS
   */
  async merge(viewer: Viewer, ids: readonly string[], intoId: string): Promise<Label> {
    const { libraryId } = viewer;
    checkLabelIds(ids);
    if (ids.every((id) => id === intoId))
      throw new AfterimageError('INVALID_ARGUMENT', expected('other labels', 'ids', ids));
    const batch = { id: randomUUID(), libraryId, kind: 'MERGE', intoId, byId: viewer.keyId } as const;
    // In portions, each whole: one that is interrupted leaves two labels that are merged as far as it came.
    for (;;) {
      const isDone = await this.libraries.rows(libraryId).$transaction(async (transaction) => {
        const labels = await lockLabels(transaction, libraryId, { ids, intoId });
        const into = labels.find(({ id }) => id === intoId)!;
        const others = labels.filter(({ id }) => id !== intoId);
        if (others.some(({ labelSetId }) => labelSetId !== into.labelSetId))
          throw new AfterimageError('INVALID_ARGUMENT', 'expected labels of one set, received labels of several');
        const synonyms = synonymsOf(into, others);
        // What finishes it has locked no asset yet: it locks other labels first, and then assets in the order of ids.
        if (await this.#moveSome(transaction, { ...batch, labelSetId: into.labelSetId }, others, into)) return false;
        await this.#finishMerge(transaction, others, { ...into, synonyms });
        return true;
      });
      this.changes.announce();
      if (isDone) break;
    }
    return this.libraries.rows(libraryId).label.findUniqueOrThrow({ where: { id: intoId } });
  }

  /** @returns false where nothing was left to move */
  async #moveSome(
    transaction: LibraryTransaction,
    batch: Parameters<LabelChanges['write']>[1],
    others: readonly Label[],
    into: Label,
  ): Promise<boolean> {
    const fromIds = others.map(({ id }) => id);
    // Prisma would read all of them and leave out what is there twice by itself.
    const candidates = await transaction.$queryRaw<{ assetId: string }[]>`
      SELECT DISTINCT "asset_id" AS "assetId" FROM "asset_label" WHERE "label_id" = ANY(${fromIds}::uuid[])
      ORDER BY "asset_id" LIMIT ${MERGED_AT_ONCE}`;
    if (candidates.length === 0) return false;
    const assetIds = candidates.map(({ assetId }) => assetId);
    const found = await this.changes.lock(transaction, batch.libraryId, assetIds);
    const current = await this.changes.read(transaction, found, [...fromIds, into.id]);
    const labels = [into, ...others];
    const places = new Map(labels.map(({ id }, index) => [id, index]));
    const placeOf = ({ labelId }: AssetLabel) => places.get(labelId)!;
    // Of those that say the same, what is said of the label that stays.
    const rows = [...current.values()].sort((a, b) => placeOf(a) - placeOf(b));
    const changes = [...groupBy(rows, ({ assetId }) => assetId)].flatMap(([assetId, own]): LabelChange[] => {
      const former = own.find(({ labelId }) => labelId === into.id);
      const moved = { assetId, labelId: into.id, labelName: into.name, before: former, after: own.reduce(stronger) };
      const gone = own.filter((row) => row !== former);
      return [
        moved,
        ...gone.map((before) => ({
          assetId,
          labelId: before.labelId,
          labelName: labels[placeOf(before)]!.name,
          before,
          after: null,
        })),
      ];
    });
    await this.changes.write(transaction, batch, changes);
    return true;
  }

  async #finishMerge(transaction: LibraryTransaction, others: readonly Label[], into: Label): Promise<void> {
    const ids = others.map(({ id }) => id);
    const parentId = await parentLeft(transaction, into, ids);
    await transaction.label.updateMany({
      where: { parentId: { in: ids }, id: { notIn: [into.id, ...ids] } },
      data: { parentId: into.id },
    });
    await transaction.label.updateMany({ where: { id: into.id }, data: { synonyms: into.synonyms, parentId } });
    await transaction.label.deleteMany({ where: { id: { in: ids } } });
    await this.refresh.begin(transaction, into.libraryId, into.id, false);
  }
}

/** Of the merged label: the other names, and all synonyms, each once. @throws LABEL_TOO_MANY_SYNONYMS */
function synonymsOf(into: Label, others: readonly Label[]): string[] {
  const names = [into, ...others].flatMap(({ name, synonyms }) => [name, ...synonyms]);
  const isSeen = new Set([into.nameKey]);
  const synonyms = names.filter((name) => {
    const nameKey = labelKey(name);
    return isSeen.has(nameKey) ? false : isSeen.add(nameKey);
  });
  if (synonyms.length > MAX_SYNONYMS)
    throw new AfterimageError(
      'LABEL_TOO_MANY_SYNONYMS',
      expected(`at most ${MAX_SYNONYMS} synonyms`, 'the merged label', synonyms.length),
    );
  return synonyms;
}

/**
 * Where a label was below one of those that go, what was above all of them: else what becomes its child would be above it.
 */
async function parentLeft(
  transaction: LibraryTransaction,
  { id, labelSetId, parentId }: Label,
  gone: readonly string[],
): Promise<string | null> {
  if (labelSetId === null) return null;
  const all = await transaction.label.findMany({ where: { labelSetId }, select: { id: true, parentId: true } });
  const ancestors = [...ancestorsOf(id, new Map(all.map((each) => [each.id, each.parentId])))];
  const last = ancestors.findLastIndex((ancestor) => gone.includes(ancestor));
  if (last === -1) return parentId;
  // Rows of an earlier release may be in a circle.
  return ancestors.includes(id) ? null : (ancestors[last + 1] ?? null);
}

const STATE_RANK = { ACCEPTED: 2, REJECTED: 1, SUGGESTED: 0 } as const;

function stronger(a: AssetLabel, b: AssetLabel): AssetLabel {
  const rank = ({ source, state, probability, isInBulk }: AssetLabel) => [
    source === 'MODEL' ? 0 : 1,
    STATE_RANK[state],
    isInBulk ? 0 : 1,
    probability ?? 0,
  ];
  const [ofA, ofB] = [rank(a), rank(b)];
  const first = ofA.findIndex((value, index) => value !== ofB[index]);
  return first >= 0 && ofB[first]! > ofA[first]! ? b : a;
}
