import type { AssignmentFields, LabelChange, SetLabel } from '../labelling/label-changes.js';
import type { AssetLabel } from '../database/generated/client.js';

export type LabelOfOne = AssetLabel & { readonly label: SetLabel };

/**
 * What becomes of the labels of an asset that is given those of others, rejected ones too. What was decided wins over what
 * a model suggests, the keeper's own decision over those of others, the latest over earlier ones, the surest suggestion
 * over others. Of an exclusive set it is given one at most that is not rejected: where two are accepted the same order
 * says which, and where one is, none is suggested. What is not moved stays where it was.
 *
 * @param rows those of the keeper, and of the others
 */
export function mergeLabels(keeperId: string, rows: readonly LabelOfOne[]): LabelChange[] {
  const own = new Map(rows.flatMap((row) => (row.assetId === keeperId ? [[row.labelId, row]] : [])));
  const taken = new Set<string>();
  const changes = new Map<string, LabelChange>();
  for (const row of rows.toSorted((a, b) => compare(keeperId, a, b))) {
    const { labelId, label } = row;
    if (changes.has(labelId)) continue;
    const before = own.get(labelId);
    const after = isFree(row, taken) ? fieldsOf(row) : before && before.state !== 'SUGGESTED' ? before : null;
    changes.set(labelId, { assetId: keeperId, labelId, labelName: label.name, before, after });
  }
  return [...changes.values()];
}

/** Takes the place in its exclusive set, where it has one and asks for it. */
function isFree({ state, label: { labelSet } }: LabelOfOne, taken: Set<string>): boolean {
  if (state === 'REJECTED' || !labelSet?.isExclusive) return true;
  if (taken.has(labelSet.id)) return false;
  taken.add(labelSet.id);
  return true;
}

/** The one that wins first. */
function compare(keeperId: string, a: LabelOfOne, b: LabelOfOne): number {
  const [ofA, ofB] = [a, b].map((row) => {
    const isDecided = row.state !== 'SUGGESTED';
    const isOwn = row.assetId === keeperId;
    return [
      Number(isDecided),
      Number(isDecided && !row.isInBulk),
      Number(isDecided && isOwn),
      isDecided ? (row.decidedAt ?? row.updatedAt).getTime() : 0,
      row.probability ?? 0,
      Number(isOwn),
    ];
  }) as [number[], number[]];
  const at = ofA.findIndex((value, index) => value !== ofB[index]);
  return at < 0 ? (a.assetId < b.assetId ? -1 : Number(a.assetId > b.assetId)) : ofB[at]! - ofA[at]!;
}

function fieldsOf(row: AssetLabel): AssignmentFields {
  const { source, state, probability, modelId, decidedById, decidedAt, isInBulk } = row;
  return { source, state, probability, modelId, decidedById, decidedAt, isInBulk };
}
