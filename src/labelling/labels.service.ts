import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { labelKey } from '../assets/label-name.js';
import { checkLabels, type ClassificationRequest, type ZeroShotService } from './zero-shot.service.js';
import type { Libraries } from '../access/libraries.js';
import type { LibraryTransaction } from '../access/library-scope.js';
import type { Viewer } from '../access/viewer.js';
import { isAssetId } from '../assets/asset-id.js';
import { MAX_IDS, type BulkOutcome } from '../assets/assets.service.js';
import type { ServedModels } from '../assets/served-models.js';
import type { Asset, AssetLabel, Label } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import type { JobQueue } from '../jobs/job-queue.js';

const MAX_ASSIGNMENTS = 20_000;

export type Assignment = AssetLabel & { readonly label: Label };

export interface LabelledOutcome extends BulkOutcome {
  /** Assets without an embedding yet, or for good; nothing was written for them. */
  readonly notReadyIds: readonly string[];
}

/** A row to be written, with the label by its name. */
interface Decision extends Pick<
  AssetLabel,
  'assetId' | 'source' | 'state' | 'probability' | 'modelId' | 'decidedById'
> {
  readonly label: string;
}

/** Which labels an asset has, and who says so. What a person decided, no model changes. */
export class LabelsService {
  constructor(
    private readonly libraries: Libraries,
    private readonly models: ServedModels,
    private readonly zeroShot: ZeroShotService,
    private readonly queue: JobQueue,
  ) {}

  /** The labels of each of these assets that were not rejected, in the order of the ids: by probability, then name. */
  async ofAssets(viewer: Viewer, assetIds: readonly string[]): Promise<Assignment[][]> {
    const assignments = await this.libraries.rows(viewer.libraryId).assetLabel.findMany({
      where: { assetId: { in: [...assetIds] }, state: { not: 'REJECTED' } },
      include: { label: true },
      orderBy: [{ probability: { sort: 'desc', nulls: 'first' } }, { label: { nameKey: 'asc' } }],
    });
    const byAsset = new Map<string, Assignment[]>(assetIds.map((id) => [id, []]));
    for (const assignment of assignments) byAsset.get(assignment.assetId)!.push(assignment);
    return assetIds.map((id) => byAsset.get(id)!);
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
    { threshold, ...request }: ClassificationRequest & { threshold: number },
  ): Promise<LabelledOutcome> {
    if (!(threshold >= 0 && threshold <= 1))
      throw new AfterimageError('INVALID_ARGUMENT', expected('0 to 1', 'threshold', threshold));
    const labels = checkLabels(request.labels);
    const ids = checkIds(assetIds);
    const model = await this.models.active();
    const classify = await this.zeroShot.classifier(model, request);
    const present = await this.libraries
      .rows(viewer.libraryId)
      .asset.findMany({ where: { id: { in: ids.filter(isAssetId) } } });
    const embeddings = await model.index.embeddings(present.map(({ id }) => id));
    const decisions: Decision[] = [];
    for (const [assetId, embedding] of embeddings) {
      const passing = classify(embedding).filter(({ probability }) => probability >= threshold);
      const by = { source: 'MODEL', state: 'SUGGESTED', modelId: model.id, decidedById: viewer.keyId } as const;
      decisions.push(...passing.map(({ label, probability }) => ({ assetId, label, probability, ...by })));
      // Many labels on many assets take a while: others get their turn in between.
      await setImmediate();
    }
    checkAssignments(decisions.length, 'labels that pass');
    const notReadyIds = present.flatMap(({ id }) => (embeddings.has(id) ? [] : id));
    const outcome = await this.#write(viewer, ids, labels, async (transaction, found, labelIds) => {
      const classified = found.filter((id) => embeddings.has(id));
      await transaction.assetLabel.deleteMany({
        where: {
          assetId: { in: classified },
          labelId: { in: [...labelIds.values()] },
          source: 'MODEL',
          state: 'SUGGESTED',
        },
      });
      const isFound = new Set(found);
      return decisions.filter(({ assetId }) => isFound.has(assetId));
    });
    return { ...outcome, assets: outcome.assets.filter(({ id }) => embeddings.has(id)), notReadyIds };
  }

  /** By hand: source HUMAN, state ACCEPTED, whatever was there before. @throws INVALID_ARGUMENT */
  add(viewer: Viewer, assetIds: readonly string[], labels: readonly string[]): Promise<BulkOutcome> {
    return this.#decide(viewer, assetIds, labels, 'ACCEPTED');
  }

  /** By hand: kept as REJECTED, so that no model suggests it again. @throws INVALID_ARGUMENT */
  remove(viewer: Viewer, assetIds: readonly string[], labels: readonly string[]): Promise<BulkOutcome> {
    return this.#decide(viewer, assetIds, labels, 'REJECTED');
  }

  #decide(
    viewer: Viewer,
    assetIds: readonly string[],
    labels: readonly string[],
    state: 'ACCEPTED' | 'REJECTED',
  ): Promise<BulkOutcome> {
    const names = checkLabels(labels);
    checkAssignments(names.length * assetIds.length, 'labels times assets');
    return this.#write(viewer, checkIds(assetIds), names, async (transaction, found, labelIds) => {
      await transaction.assetLabel.deleteMany({
        where: { assetId: { in: found }, labelId: { in: [...labelIds.values()] } },
      });
      const by = { source: 'HUMAN', probability: null, modelId: null, decidedById: viewer.keyId } as const;
      return found.flatMap((assetId) => names.map((label) => ({ assetId, label, state, ...by })));
    });
  }

  /** One transaction: the labels come to be, the old rows make room, the new ones are written where no other is. */
  async #write(
    viewer: Viewer,
    ids: readonly string[],
    labels: readonly string[],
    decide: (transaction: LibraryTransaction, found: string[], labelIds: Map<string, string>) => Promise<Decision[]>,
  ): Promise<BulkOutcome> {
    const { libraryId } = viewer;
    const outcome = await this.libraries.rows(libraryId).$transaction(async (transaction) => {
      const assets: Asset[] = await transaction.asset.findMany({ where: { id: { in: ids.filter(isAssetId) } } });
      const found = assets.map(({ id }) => id);
      const labelIds = await this.#ensureLabels(transaction, libraryId, labels);
      const decisions = await decide(transaction, found, labelIds);
      const rows = decisions.map(({ label, ...row }) => ({ ...row, labelId: labelIds.get(labelKey(label))! }));
      await insertWhereNoneIs(transaction, rows);
      await this.queue.enqueue(
        transaction,
        found.map((assetId) => ({ libraryId, kind: 'SYNC_VECTOR', assetId })),
      );
      const byId = new Map(assets.map((asset) => [asset.id, asset]));
      return { assets: ids.flatMap((id) => byId.get(id) ?? []), missingIds: ids.filter((id) => !byId.has(id)) };
    });
    this.queue.announce();
    return outcome;
  }

  /** Ids by key. */
  async #ensureLabels(
    transaction: LibraryTransaction,
    libraryId: string,
    names: readonly string[],
  ): Promise<Map<string, string>> {
    await transaction.label.createMany({
      data: names.map((name) => ({ id: randomUUID(), libraryId, name, nameKey: labelKey(name) })),
      skipDuplicates: true,
    });
    const labels = await transaction.label.findMany({
      where: { labelSetId: null, nameKey: { in: names.map(labelKey) } },
    });
    return new Map(labels.map(({ id, nameKey }) => [nameKey, id]));
  }
}

/** One statement: Prisma makes dozens of thousands of rows, and takes five times as long. */
async function insertWhereNoneIs(transaction: LibraryTransaction, rows: readonly object[]): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO "asset_label" ("asset_id", "label_id", "source", "state", "probability", "model_id", "decided_by_id")
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS "row" ("assetId" uuid, "labelId" uuid,
      "source" "label_source", "state" "label_state", "probability" double precision, "modelId" text,
      "decidedById" uuid)
    ON CONFLICT DO NOTHING`;
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
