import type { RetryOutcome } from '../assets/dead-jobs.service.js';
import type { BulkOutcome } from '../assets/assets.service.js';
import { expected } from '../errors.js';
import type { LabelledOutcome } from '../labelling/labels.service.js';
import type { Outcome } from '../labelling/refusals.js';
import type { ModelOutcome } from '../model-change/models.service.js';
import type { ModelPayload } from '../schema/model.types.js';
import type { RetryJobsPayload } from '../schema/job.types.js';
import type { AssetsPayload, DeleteAssetsPayload, UpdateAssetPayload, UserError } from '../schema/payload.types.js';

export function toPayload(outcome: BulkOutcome): AssetsPayload {
  return { assets: [...outcome.assets], userErrors: missing(outcome) };
}

export function toUpdatePayload(outcome: BulkOutcome): UpdateAssetPayload {
  return { asset: outcome.assets[0] ?? null, userErrors: missing(outcome) };
}

export function toDeletePayload(outcome: BulkOutcome): DeleteAssetsPayload {
  return { deletedIds: outcome.assets.map(({ id }) => id), userErrors: missing(outcome) };
}

export function toLabelledPayload(outcome: LabelledOutcome): AssetsPayload {
  const notReady = outcome.notReadyIds.map((assetId): UserError => ({
    code: 'ASSET_NOT_READY',
    message: expected('a READY asset', 'assetIds', assetId),
    assetId,
  }));
  return { assets: [...outcome.assets], userErrors: [...missing(outcome), ...notReady] };
}

export function toRetryJobsPayload({ retriedCount, missingIds }: RetryOutcome): RetryJobsPayload {
  const userErrors = missingIds.map((id): UserError => ({
    code: 'JOB_NOT_FOUND',
    message: expected('the id of a FAILED job', 'ids', id),
    assetId: null,
  }));
  return { retriedCount, userErrors };
}

export function toModelPayload({ model, refusal }: ModelOutcome): ModelPayload {
  return { model, userErrors: refusal ? [{ ...refusal, assetId: null }] : [] };
}

/** Of a change that was refused as a whole. */
export function toUserErrors(refusal: Outcome<unknown>['refusal']): UserError[] {
  return refusal ? [{ ...refusal, assetId: null }] : [];
}

function missing({ missingIds }: BulkOutcome): UserError[] {
  return missingIds.map((assetId) => ({
    code: 'ASSET_NOT_FOUND',
    message: expected('the id of an asset', 'id', assetId),
    assetId,
  }));
}
