import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { labelKey } from '../assets/label-name.js';
import {
  assignmentKey,
  decision,
  isOpenSuggestion,
  suggestion,
  type AssignmentFields,
  type Assignments,
  type LabelChange,
  type LabelChanges,
} from './label-changes.js';
import { commonSetId } from './label-rows.js';
import { checkLabelsOnce, checkProbability } from './label-rules.js';
import type { ClassificationRequest, ZeroShotService } from './zero-shot.service.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import { MAX_IDS, type BulkOutcome } from '../assets/assets.service.js';
import type { ServedModels } from '../assets/served-models.js';
import type { Prisma } from '../database/database.js';
import type { Asset, AssetLabel, Label } from '../database/generated/client.js';
import { stillThere } from '../database/still-there.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';

const MAX_ASSIGNMENTS = 20_000;

export type Assignment = AssetLabel &
  Pick<Label, 'name' | 'labelSetId'> & {
    /** Of this label on this asset. */
    readonly id: string;
    readonly label: Label;
  };

export interface LabellingOutcome extends BulkOutcome {
  /** What an undo takes; null where nothing was changed. */
  readonly batchId: string | null;
}

export interface LabelledOutcome extends LabellingOutcome {
  /** Assets without an embedding yet, or for good; nothing was written for them. */
  readonly notReady: readonly Pick<Asset, 'id' | 'state'>[];
}

export interface LabelsRequest {
  readonly assetId: string;
  /** Also those that people took away. */
  readonly withRejected: boolean;
}

/** Which labels an asset has, and who says so. What a person decided, no model changes. */
export class LabelsService {
  constructor(
    private readonly libraries: Libraries,
    private readonly models: ServedModels,
    private readonly zeroShot: ZeroShotService,
    private readonly changes: LabelChanges,
  ) {}

  /**
   * The labels of each of these assets, in their order: by probability, name and id. Who asks for the same again is given
   * the very same: an asset may have thousands, and one request may ask for them thousands of times.
   */
  async ofAssets(viewer: Viewer, wanted: readonly LabelsRequest[]): Promise<Assignment[][]> {
    const assetIds = [...new Set(wanted.map(({ assetId }) => assetId))];
    const assignments = await this.libraries.rows(viewer.libraryId).assetLabel.findMany({
      where: {
        assetId: { in: assetIds },
        ...(wanted.some(({ withRejected }) => withRejected) ? {} : { state: { not: 'REJECTED' } }),
        label: { deletedAt: null },
      },
      include: { label: true },
      orderBy: [{ probability: { sort: 'desc', nulls: 'first' } }, { label: { nameKey: 'asc' } }, { labelId: 'asc' }],
    });
    const byAsset = new Map<string, Assignment[]>(assetIds.map((id) => [id, []]));
    for (const assignment of stillThere(assignments, 'label')) {
      const { assetId, labelId, label } = assignment;
      const { name, labelSetId } = label;
      byAsset.get(assetId)!.push({ ...assignment, id: `${assetId}:${labelId}`, name, labelSetId });
    }
    const withoutRejected = new Map(
      [...byAsset].map(([id, own]) => [id, own.filter(({ state }) => state !== 'REJECTED')]),
    );
    return wanted.map(({ assetId, withRejected }) => (withRejected ? byAsset : withoutRejected).get(assetId)!);
  }

  /**
   * Classifies by the stored embeddings and suggests the labels that pass: source MODEL, state SUGGESTED. Suggestions of
   * the same labels made before are replaced, so that running it again gives the same.
   *
   * @param threshold least probability, 0 to 1
   * @throws INVALID_ARGUMENT
   */
  async classifyAndLabel(
    viewer: Viewer,
    assetIds: readonly string[],
    { threshold, ...request }: Omit<ClassificationRequest, 'labels'> & { labels: readonly string[]; threshold: number },
  ): Promise<LabelledOutcome> {
    checkProbability(threshold, 'threshold');
    const labels = checkLabelsOnce(request.labels);
    const ids = checkIds(assetIds);
    const model = await this.models.active();
    const classify = await this.zeroShot.classifier(viewer, model, { ...request, labels });
    const present = await this.libraries
      .rows(viewer.libraryId)
      .asset.findMany({ where: { id: { in: ids.filter(isId) } } });
    const embeddings = await model.index.embeddings(present.map(({ id }) => id));
    const decisions = new Map<string, (readonly [nameKey: string, suggestion: AssignmentFields])[]>();
    let count = 0;
    for (const [assetId, embedding] of embeddings) {
      const passing = classify(embedding).filter(({ probability }) => probability >= threshold);
      count += passing.length;
      decisions.set(
        assetId,
        passing.map(({ label, probability }) => [labelKey(label), suggestion(probability, model.id, viewer.keyId)]),
      );
      // Many labels on many assets take a while: others get their turn in between.
      await setImmediate();
    }
    checkAssignments(count, 'labels that pass');
    const notReady = present.filter(({ id }) => !embeddings.has(id));
    const outcome = await this.#write(viewer, ids, labelsOfNoSet(viewer, labels), (found, current, named) => {
      const classified = found.filter((id) => embeddings.has(id));
      return classified.flatMap((assetId) => {
        const passing = new Map(decisions.get(assetId));
        return named.map(({ id: labelId, name: labelName, nameKey }) => {
          const before = current.get(assignmentKey({ assetId, labelId }));
          const after = passing.get(nameKey) ?? null;
          const isOthers = before && !isOpenSuggestion(before);
          return { assetId, labelId, labelName, before, after: isOthers ? before : after };
        });
      });
    });
    return { ...outcome, assets: outcome.assets.filter(({ id }) => embeddings.has(id)), notReady };
  }

  /** By hand, labels of no set: source HUMAN, state ACCEPTED, whatever was there before. @throws INVALID_ARGUMENT */
  add(viewer: Viewer, assetIds: readonly string[], labels: readonly string[]): Promise<LabellingOutcome> {
    const names = checkNames(labels, assetIds);
    const after = decision('ACCEPTED', viewer.keyId);
    return this.#write(viewer, checkIds(assetIds), labelsOfNoSet(viewer, names), (found, current, named) =>
      found.flatMap((assetId) =>
        named.map(({ id: labelId, name: labelName }) => ({
          assetId,
          labelId,
          labelName,
          before: current.get(assignmentKey({ assetId, labelId })),
          after,
        })),
      ),
    );
  }

  /**
   * By hand, every label of these names that an asset has, whatever its set. Kept as REJECTED, so that no model suggests
   * it again. @throws INVALID_ARGUMENT
   */
  remove(viewer: Viewer, assetIds: readonly string[], labels: readonly string[]): Promise<LabellingOutcome> {
    const names = checkNames(labels, assetIds);
    const ids = checkIds(assetIds);
    return this.#write(viewer, ids, labelsOn(ids, names), (_, current, named) => {
      const labelNames = new Map(named.map(({ id, name }) => [id, name]));
      const had = [...current.values()].filter(({ state }) => state !== 'REJECTED');
      checkAssignments(had.length, 'labels of these names on these assets');
      return had.map((before) => ({
        assetId: before.assetId,
        labelId: before.labelId,
        labelName: labelNames.get(before.labelId)!,
        before,
        after: decision('REJECTED', viewer.keyId, before),
      }));
    });
  }

  /** One transaction: labels are found, or come to be, and what is decided of them is written. */
  async #write(
    viewer: Viewer,
    ids: readonly string[],
    labelIdsIn: LabelIdsIn,
    decide: (found: readonly string[], current: Assignments, named: readonly Label[]) => LabelChange[],
  ): Promise<LabellingOutcome> {
    const { libraryId, keyId: byId } = viewer;
    const outcome = await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const named = await this.changes.keepLabels(transaction, libraryId, await labelIdsIn(transaction));
      const found = await this.changes.lock(transaction, libraryId, ids);
      const labelIds = named.map(({ id }) => id);
      const current = await this.changes.read(transaction, found, labelIds);
      const batch = { id: randomUUID(), libraryId, kind: 'EDIT', labelSetId: commonSetId(named), byId } as const;
      const written = await this.changes.write(transaction, batch, decide(found, current, named));
      const assets: Asset[] = await transaction.asset.findMany({ where: { id: { in: found } } });
      const byAssetId = new Map(assets.map((asset) => [asset.id, asset]));
      return {
        assets: ids.flatMap((id) => byAssetId.get(id) ?? []),
        missingIds: ids.filter((id) => !byAssetId.has(id)),
        batchId: written.length > 0 ? batch.id : null,
      };
    });
    this.changes.announce();
    return outcome;
  }
}

/** The ids of labels, which may come to be in the transaction. */
type LabelIdsIn = (transaction: LibraryTransaction) => Promise<string[]>;

/** Those of these names, which come to be where there are none. */
function labelsOfNoSet({ libraryId }: Viewer, names: readonly string[]): LabelIdsIn {
  return async (transaction) => {
    await transaction.label.createMany({
      data: names.map((name) => ({ id: randomUUID(), libraryId, name, nameKey: labelKey(name) })),
      skipDuplicates: true,
    });
    return idsOf(transaction, { labelSetId: null, nameKey: { in: names.map(labelKey) } });
  };
}

/** Those of these names that any of the assets has. */
function labelsOn(assetIds: readonly string[], names: readonly string[]): LabelIdsIn {
  return (transaction) =>
    idsOf(transaction, {
      nameKey: { in: names.map(labelKey) },
      assets: { some: { assetId: { in: assetIds.filter(isId) }, state: { not: 'REJECTED' } } },
    });
}

async function idsOf(transaction: LibraryTransaction, where: Prisma.LabelWhereInput): Promise<string[]> {
  return (await transaction.label.findMany({ where, select: { id: true } })).map(({ id }) => id);
}

/** @returns the names as they are kept @throws INVALID_ARGUMENT */
function checkNames(labels: readonly string[], assetIds: readonly string[]): string[] {
  const names = checkLabelsOnce(labels);
  checkAssignments(names.length * assetIds.length, 'labels times assets');
  return names;
}

/** More would not be written within the time that a transaction has. */
function checkAssignments(count: number, name: string): void {
  if (count > MAX_ASSIGNMENTS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${MAX_ASSIGNMENTS}`, name, count));
}

function checkIds(ids: readonly string[]): string[] {
  if (ids.length === 0 || ids.length > MAX_IDS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_IDS} ids`, 'assetIds', ids));
  return [...new Set(ids)];
}
