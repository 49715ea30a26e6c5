import {
  assignmentKey,
  decision,
  type Assignments,
  type LabelChange,
  type LabelChanges,
  type SetLabel,
} from './label-changes.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { AssetLabel } from '../database/generated/client.js';
import { groupBy } from '../group-by.js';

export interface Decision {
  readonly assetId: string;
  readonly labelId: string;
  readonly state: 'ACCEPTED' | 'REJECTED';
  /** What the labeller saw; 0 for nothing. Any by default. */
  readonly expectedRevision?: number | null;
}

/** What decisions may touch. */
export interface DecisionScope {
  readonly labels: ReadonlyMap<string, SetLabel>;
  readonly current: Assignments;
}

/**
 * What decisions of these labels may touch: of exclusive sets, all that the assets have of them.
 * @param assetIds of assets that are locked
 */
export async function readScope(
  changes: LabelChanges,
  transaction: LibraryTransaction,
  labels: readonly SetLabel[],
  assetIds: readonly string[],
): Promise<DecisionScope> {
  const setIds = [...new Set(labels.flatMap(({ labelSet }) => (labelSet?.isExclusive ? labelSet.id : [])))];
  const others = await transaction.label.findMany({
    where: { labelSetId: { in: setIds } },
    include: { labelSet: true },
  });
  const known = new Map([...others, ...labels].map((label) => [label.id, label]));
  return { labels: known, current: await changes.read(transaction, assetIds, [...known.keys()]) };
}

/**
 * What changes by decisions, with what follows from them in exclusive sets. What people had decided and decide again is no
 * change.
 */
export function changesOf(
  decisions: readonly Decision[],
  { labels, current }: DecisionScope,
  byId: string | null,
): LabelChange[] {
  const changes = new Map<string, LabelChange>();
  const add = (assetId: string, labelId: string, state: Decision['state']) => {
    const key = assignmentKey({ assetId, labelId });
    const before = current.get(key);
    const labelName = labels.get(labelId)!.name;
    changes.set(key, { assetId, labelId, labelName, before, after: decision(state, byId, before) });
  };
  const byAsset = groupBy([...current.values()], ({ assetId }) => assetId);
  for (const { assetId, labelId, state } of decisions) {
    const { labelSet } = labels.get(labelId)!;
    if (state === 'ACCEPTED' && labelSet?.isExclusive)
      for (const other of byAsset.get(assetId) ?? [])
        if (other.state !== 'REJECTED' && labels.get(other.labelId)!.labelSetId === labelSet.id)
          add(assetId, other.labelId, 'REJECTED');
  }
  for (const { assetId, labelId, state } of decisions) add(assetId, labelId, state);
  return [...changes.values()].filter(
    ({ before, after }) => before?.source !== 'HUMAN' || before.state !== after?.state,
  );
}

/** What people had decided and decide again: with an accepted label of an exclusive set that its others are rejected. */
export function upheldBy(decisions: readonly Decision[], { labels, current }: DecisionScope): AssetLabel[] {
  const decided = [...current.values()].filter(({ source }) => source === 'HUMAN');
  const byAsset = groupBy(decided, ({ assetId }) => assetId);
  return decisions.flatMap(({ assetId, labelId, state }) => {
    const rows = byAsset.get(assetId) ?? [];
    const own = rows.find((row) => row.labelId === labelId && row.state === state);
    if (!own) return [];
    const { labelSet } = labels.get(labelId)!;
    if (state !== 'ACCEPTED' || !labelSet?.isExclusive) return own;
    return rows.filter(
      (row) => row === own || (row.state === 'REJECTED' && labels.get(row.labelId)!.labelSetId === labelSet.id),
    );
  });
}
