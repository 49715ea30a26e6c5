import { argumentName, type IdArguments } from '../argument-name.js';
import type { RetryOutcome } from '../assets/dead-jobs.service.js';
import type { BulkOutcome } from '../assets/assets.service.js';
import { unreadyCode } from '../assets/unready.js';
import type { CollectionOutcome, MembersOutcome } from '../collections/collections.service.js';
import type { SavedSearchOutcome } from '../collections/saved-searches.service.js';
import { expected } from '../errors.js';
import type { LabelledOutcome, LabellingOutcome } from '../labelling/labels.service.js';
import type { ResolveOutcome } from '../merging/duplicate-merges.service.js';
import type { ModelOutcome } from '../model-change/models.service.js';
import type { Refusal } from '../refusal.js';
import type { CollectionAssetsPayload, CollectionPayload, DeletePayload } from '../schema/collection.types.js';
import type { RedeliverOutcome, TestOutcome } from '../webhooks/webhook-deliveries.service.js';
import type { ModelPayload } from '../schema/model.types.js';
import type { ResolveDuplicatesPayload } from '../schema/duplicate.types.js';
import type { RetryJobsPayload } from '../schema/job.types.js';
import type {
  AssetsPayload,
  DeleteAssetsPayload,
  LabelledAssetsPayload,
  UpdateAssetPayload,
  UserError,
} from '../schema/payload.types.js';
import type { RedeliverPayload, WebhookDeliveryPayload } from '../schema/webhook.types.js';

// Each is given the arguments that the ids of its errors were in.

export function toPayload(outcome: BulkOutcome, args: IdArguments): AssetsPayload {
  return { assets: [...outcome.assets], userErrors: [...missing(outcome, args), ...refused(outcome)] };
}

export function toUpdatePayload(outcome: BulkOutcome, args: IdArguments): UpdateAssetPayload {
  return { asset: outcome.assets[0] ?? null, userErrors: [...missing(outcome, args), ...refused(outcome)] };
}

export function toDeletePayload(outcome: BulkOutcome, args: IdArguments): DeleteAssetsPayload {
  return { deletedIds: outcome.assets.map(({ id }) => id), userErrors: missing(outcome, args) };
}

export function toLabellingPayload(outcome: LabellingOutcome, args: IdArguments): LabelledAssetsPayload {
  const { assets, userErrors } = toPayload(outcome, args);
  return { assets, batchId: outcome.batchId, userErrors };
}

export function toLabelledPayload(outcome: LabelledOutcome, args: IdArguments): LabelledAssetsPayload {
  const notReady = outcome.notReady.map(({ id, state }): UserError => ({
    code: unreadyCode(state),
    message: expected('a READY asset', argumentName(args, id), id),
    assetId: id,
  }));
  const { assets, userErrors, batchId } = toLabellingPayload(outcome, args);
  return { assets, batchId, userErrors: [...userErrors, ...notReady] };
}

export function toRetryJobsPayload({ retriedCount, missingIds }: RetryOutcome, args: IdArguments): RetryJobsPayload {
  const userErrors = missingIds.map((id): UserError => ({
    code: 'JOB_NOT_FOUND',
    message: expected('the id of a FAILED job', argumentName(args, id), id),
    assetId: null,
  }));
  return { retriedCount, userErrors };
}

export function toResolvePayload(outcome: ResolveOutcome, args: IdArguments): ResolveDuplicatesPayload {
  const { keeper, trashed, refusal } = outcome;
  return { keeper, trashed: [...trashed], userErrors: [...toUserErrors(refusal), ...missing(outcome, args)] };
}

export function toModelPayload({ model, refusal }: ModelOutcome): ModelPayload {
  return { model, userErrors: refusal ? [{ ...refusal, assetId: null }] : [] };
}

export function toCollectionPayload({ collection, refusal }: CollectionOutcome): CollectionPayload {
  return { collection, userErrors: toUserErrors(refusal) };
}

export function toCollectionAssetsPayload(outcome: MembersOutcome, args: IdArguments): CollectionAssetsPayload {
  const { collection, refusal, assets } = outcome;
  return { collection, assets: [...assets], userErrors: [...toUserErrors(refusal), ...missing(outcome, args)] };
}

export function toSavedSearchPayload({ savedSearch, refusal }: SavedSearchOutcome) {
  return { savedSearch, userErrors: toUserErrors(refusal) };
}

export function toDeletedPayload(deleted: { readonly id: string } | null, refusal?: Refusal): DeletePayload {
  return { deletedId: deleted?.id ?? null, userErrors: toUserErrors(refusal) };
}

/** Of a change that was refused as a whole. */
export function toUserErrors(refusal: Refusal | null | undefined): UserError[] {
  return refusal ? [{ assetId: null, ...refusal }] : [];
}

export function webhookMissing(id: string): UserError {
  return { code: 'WEBHOOK_NOT_FOUND', message: expected('the id of a webhook', 'id', id), assetId: null };
}

export function toTestPayload(id: string, { delivery, refusal }: TestOutcome): WebhookDeliveryPayload {
  if (refusal === null) return { delivery, userErrors: [] };
  const message = expected('the id of a webhook that is enabled', 'id', id);
  return { delivery: null, userErrors: [{ code: refusal, message, assetId: null }] };
}

export function toRedeliverPayload(outcome: RedeliverOutcome, args: IdArguments): RedeliverPayload {
  const { redeliveredCount, missingIds } = outcome;
  const userErrors = missingIds.map((id): UserError => ({
    code: 'WEBHOOK_DELIVERY_NOT_FOUND',
    message: expected('the id of a delivery', argumentName(args, id), id),
    assetId: null,
  }));
  return { redeliveredCount, userErrors };
}

function missing({ missingIds }: Pick<BulkOutcome, 'missingIds'>, args: IdArguments): UserError[] {
  return missingIds.map((assetId) => ({
    code: 'ASSET_NOT_FOUND',
    message: expected('the id of an asset', argumentName(args, assetId), assetId),
    assetId,
  }));
}

function refused({ refusals = [] }: BulkOutcome): UserError[] {
  return refusals.flatMap((refusal) => toUserErrors(refusal));
}
