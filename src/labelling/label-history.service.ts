import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { secondsOfExclusive } from './exclusive-labels.js';
import { formerOf, laterThresholds } from './former-assignment.js';
import {
  assignmentKey,
  type AssetAndLabel,
  type Assignments,
  type LabelChange,
  type LabelChanges,
} from './label-changes.js';
import { aftermathsOf } from './label-events.js';
import { lockBatch } from './label-locks.js';
import { survivorsOf } from './merged-labels.js';
import { UNDOABLE, undoReachOf } from './undo-reach.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetLabel, LabelBatch, LabelEvent } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';
import { checkFirst, cursorsOf, toPage, type Edge, type Page, type PageRequest } from '../pagination.js';

/** Changes of one transaction. */
const UNDONE_AT_ONCE = 1_000;

/** Which events of a batch are left to an undo: those between two ids. */
interface Left {
  readonly after: bigint;
  readonly before: bigint;
  /** The last event that there was when it began with these. */
  readonly last?: bigint;
}

/** Every id that a row may have. */
const ALL: Left = { after: 0n, before: 2n ** 63n - 1n };

export type LabelHistoryEvent = LabelEvent & { readonly batch: LabelBatch };

/** What stays, because it was changed again since, or another of its exclusive set was accepted: what there is of it. */
export interface UndoConflict {
  readonly assetId: string;
  /** Of a label that was merged since, what it became. */
  readonly labelId: string;
  readonly current: AssetLabel | null;
  /** What was accepted in place of it, if that is in the way. */
  readonly otherLabelId: string | null;
}

export interface UndoOutcome {
  readonly batchId: string;
  readonly undoneCount: number;
  /** The assets that something was taken back of, each once. */
  readonly assetIds: readonly string[];
  readonly conflicts: readonly UndoConflict[];
}

/** How far an undo has come. */
interface Progress extends Omit<UndoOutcome, 'batchId'> {
  /** Whether something of the batch is taken back, by this undo or by one before. */
  readonly hasBegun: boolean;
  /** Whether something stays that an undo may yet take back, when what came after it has been: see `isWaiting`. */
  readonly isWaiting: boolean;
}

/** What was changed about labels, by whom; and back again. */
export class LabelHistoryService {
  constructor(
    private readonly libraries: Libraries,
    private readonly changes: LabelChanges,
  ) {}

  /** Of one asset, in the trash or not, the latest first. @throws INVALID_ARGUMENT, INVALID_CURSOR, ASSET_NOT_FOUND */
  async ofAsset({ libraryId }: Viewer, assetId: string, page: PageRequest): Promise<Page<Edge<LabelHistoryEvent>>> {
    const cursors = cursorsOf(['labelHistory', assetId], z.string().regex(/^\d{1,18}$/));
    const after = page.after == null ? undefined : BigInt(cursors.decode(page.after));
    const take = checkFirst(page.first) + 1;
    const rows = this.libraries.rows(libraryId);
    // The history of an asset goes with it.
    if (!isId(assetId) || (await rows.asset.count({ where: { id: assetId } })) === 0)
      throw new AfterimageError('ASSET_NOT_FOUND', expected('the id of an asset', 'assetId', assetId));
    const found = await rows.labelEvent.findMany({
      where: { assetId, ...(after !== undefined && { id: { lt: after } }) },
      include: { batch: true },
      orderBy: { id: 'desc' },
      take,
    });
    return toPage(
      found.map((node) => ({ node, cursor: cursors.encode(String(node.id)) })),
      page,
    );
  }

  /**
   * Takes back the changes of a batch, or of the viewer's last one, as far as nobody has changed the same since and still
   * stands by it. What it removed comes back as it was. A label of an exclusive set does not become accepted again beside
   * another one: that is a conflict, and what was accepted since stays. What stays can be undone later, by the id of the
   * batch; one of which all stays is not undone.
   * @throws LABEL_BATCH_NOT_FOUND for one that there is not, of which nothing is left, or that cannot be undone
   */
  async undo(viewer: Viewer, batchId?: string | null): Promise<UndoOutcome> {
    let progress: Progress = { undoneCount: 0, assetIds: [], conflicts: [], hasBegun: false, isWaiting: false };
    let left = ALL;
    // In portions, each whole: a transaction has its time. What is undone is not undone again after an interruption.
    for (let id = batchId; ;) {
      const portion = await this.libraries
        .rows(viewer.libraryId)
        .$transaction((transaction) => this.#undoSome(transaction, viewer, id, left, progress));
      this.changes.announce();
      ({ id, progress } = portion);
      if (!portion.left) return { ...progress, batchId: portion.id };
      left = portion.left;
    }
  }

  /** The last changes first: of an exclusive set one label is given up before another comes back. */
  async #undoSome(
    transaction: LibraryTransaction,
    viewer: Viewer,
    batchId: string | null | undefined,
    left: Left,
    former: Progress,
  ): Promise<{ id: string; left: Left | null; progress: Progress }> {
    const { libraryId, keyId } = viewer;
    const batch = await this.#find(transaction, viewer, batchId);
    const { id, labelSetId } = batch;
    const isUndone = await lockBatch(transaction, { id, libraryId });
    const events = await transaction.labelEvent.findMany({
      where: { batchId: id, id: { gt: left.after, lt: left.before } },
      orderBy: { id: 'desc' },
      take: UNDONE_AT_ONCE,
    });
    const labelIds = [...new Set(events.map(({ labelId }) => labelId))];
    const labels = await this.changes.keepLabels(transaction, libraryId, labelIds);
    const assetIds = events.map(({ assetId }) => assetId);
    const found = await this.changes.lock(transaction, libraryId, assetIds);
    // What there is of a label that is being deleted is there for nobody.
    const current = await this.changes.read(
      transaction,
      found,
      labels.map((label) => label.id),
    );
    const touched = events.filter((event) => current.get(assignmentKey(event))?.revision !== event.revision);
    const aftermaths = await aftermathsOf(transaction, touched);
    const thresholds = await laterThresholds(transaction, batch, [...current.values()]);
    const names = new Map(labels.map((label) => [label.id, label.name]));
    const changes = events.flatMap((event): LabelChange[] => {
      const { assetId, labelId } = event;
      const row = current.get(assignmentKey(event));
      const labelName = names.get(labelId);
      const since = aftermaths.get(event.id);
      const isOnTop = !since || (since.isLast && (row?.revision ?? since.revision) === since.revision);
      if (labelName === undefined || !isOnTop) return [];
      return [{ assetId, labelId, labelName, before: row, after: formerOf(event, row, thresholds) }];
    });
    const seconds = await secondsOfExclusive(transaction, labels, changes);
    const back = new Map(changes.flatMap((change) => (seconds.has(change) ? [] : [[assignmentKey(change), change]])));
    const staying = events.filter((event) => !back.has(assignmentKey(event)) && !aftermaths.get(event.id)?.isUndone);
    const undo = { id: randomUUID(), libraryId, kind: 'UNDO', labelSetId, byId: keyId } as const;
    const written = await this.changes.write(transaction, undo, [...back.values()]);
    const conflicts = await this.#conflictsOf(transaction, staying, current, seconds);
    const progress = {
      undoneCount: former.undoneCount + written.length,
      assetIds: [...new Set([...former.assetIds, ...written.map(({ assetId }) => assetId)])],
      conflicts: [...former.conflicts, ...conflicts],
      hasBegun: former.hasBegun || staying.length < events.length,
      isWaiting: former.isWaiting || (await isWaiting(transaction, staying, new Set(names.keys()), seconds)),
    };
    const stillLeft = await leftAfter(transaction, id, left, events);
    if (!stillLeft) {
      if (isUndone && progress.undoneCount === 0 && progress.conflicts.length === 0) throw batchNotFound(batchId);
      // Else it would stand for good in the way of the viewer's batches before.
      if (progress.hasBegun || !progress.isWaiting)
        await transaction.labelBatch.updateMany({ where: { id, undoneAt: null }, data: { undoneAt: new Date() } });
    }
    return { id, left: stillLeft, progress };
  }

  /** Of a label that was merged into another since, it is that one which stays. */
  async #conflictsOf(
    transaction: LibraryTransaction,
    staying: readonly LabelEvent[],
    current: Assignments,
    seconds: Seconds,
  ): Promise<UndoConflict[]> {
    const gone = staying.filter((event) => !current.has(assignmentKey(event)));
    const survivors = await survivorsOf(transaction, gone);
    const assetIds = gone.map(({ assetId }) => assetId);
    const rows = await this.changes.read(transaction, assetIds, [...new Set(survivors.values())]);
    const firsts = firstsOf(seconds);
    return staying.map((event) => {
      const { assetId } = event;
      const survivorId = survivors.get(assignmentKey(event));
      const labelId = survivorId ?? event.labelId;
      return {
        assetId,
        labelId,
        current: (survivorId ? rows : current).get(assignmentKey({ assetId, labelId })) ?? null,
        otherLabelId: firsts.get(assignmentKey(event))?.[0]?.labelId ?? null,
      };
    });
  }

  async #find(
    transaction: LibraryTransaction,
    { keyId }: Viewer,
    batchId: string | null | undefined,
  ): Promise<LabelBatch> {
    const last = { createdById: keyId, undoneAt: null };
    const where = batchId == null ? last : isId(batchId) ? { id: batchId } : { id: { in: [] } };
    const batch = await transaction.labelBatch.findFirst({
      where: { ...where, kind: { in: UNDOABLE } },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    });
    if (!batch) throw batchNotFound(batchId);
    return batch;
  }
}

/** What would be a second accepted label of an exclusive set, with what was accepted before. */
type Seconds = ReadonlyMap<AssetAndLabel, readonly AssetAndLabel[]>;

/** By `assignmentKey` of the seconds. */
function firstsOf(seconds: Seconds): ReadonlyMap<string, readonly AssetAndLabel[]> {
  return new Map([...seconds].map(([change, first]) => [assignmentKey(change), first]));
}

/**
 * Whether undos can clear the way for any of what stays.
 * @param labelIds those that there are
 */
async function isWaiting(
  transaction: LibraryTransaction,
  staying: readonly LabelEvent[],
  labelIds: ReadonlySet<string>,
  seconds: Seconds,
): Promise<boolean> {
  const left = staying.filter(({ labelId }) => labelIds.has(labelId));
  const firsts = firstsOf(seconds);
  const reach = await undoReachOf(transaction, [...left, ...[...seconds.values()].flat()]);
  return left.some((event) => {
    const first = firsts.get(assignmentKey(event));
    if (first) return first.every((each) => (reach.get(assignmentKey(each))?.standing ?? 0) > 0);
    return event.revision > (reach.get(assignmentKey(event))?.fixedRevision ?? 0);
  });
}

function batchNotFound(batchId: string | null | undefined): AfterimageError {
  return new AfterimageError(
    'LABEL_BATCH_NOT_FOUND',
    batchId == null
      ? 'expected a batch of yours that can be undone, received none'
      : expected('a batch that can be undone', 'batchId', batchId),
  );
}

/**
 * What is left of a batch that is locked: what lies before these events, or else what was added while it was being undone.
 * @param events a portion, the last one first
 * @returns null for nothing
 */
async function leftAfter(
  transaction: LibraryTransaction,
  batchId: string,
  { after, ...left }: Left,
  events: readonly LabelEvent[],
): Promise<Left | null> {
  const last = left.last ?? events[0]?.id ?? after;
  if (events.length === UNDONE_AT_ONCE) return { after, before: events.at(-1)!.id, last };
  const added = await transaction.labelEvent.findFirst({ where: { batchId, id: { gt: last } }, select: { id: true } });
  return added && { ...ALL, after: last };
}
