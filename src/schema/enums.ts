import { registerEnumType } from 'type-graphql';
import { RENDITION_NAMES } from '../assets/asset-files.js';
import { ASSET_ORDER_FIELDS, ORDER_DIRECTIONS } from '../assets/asset-order.js';
import {
  AssetState,
  JobKind,
  JobState,
  LabelSource,
  LabelState,
  ModelState,
  Orientation,
  Role,
  WebhookDeliveryState,
  WebhookEvent,
} from '../database/generated/enums.js';
import { ERROR_CODES } from '../errors.js';
import { ASSET_CHANGE_KINDS } from '../events/assets-change.js';

export const enumOf = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, name])) as { readonly [name in Name]: name };

export const ErrorCode = enumOf(Object.keys(ERROR_CODES));
export const RenditionSize = enumOf(RENDITION_NAMES);
export const AssetChangeKind = enumOf(ASSET_CHANGE_KINDS);
export const AssetOrderField = enumOf(ASSET_ORDER_FIELDS);
export const OrderDirection = enumOf(ORDER_DIRECTIONS);
export { AssetState, JobKind, JobState, LabelSource, LabelState, ModelState, Orientation, Role };
export { WebhookDeliveryState, WebhookEvent };

registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: 'Stable codes of everything that can go wrong, here and in errors[].extensions.code.',
  valuesConfig: {
    MODEL_NOT_FOUND: { description: 'The server that was asked has no files of the model.' },
    MODEL_UNKNOWN: { description: 'The installation has no embeddings by the model, whatever files there are.' },
  },
});
registerEnumType(RenditionSize, {
  name: 'RenditionSize',
  description: 'Sizes of the pictures derived from an original: upright, without metadata, never enlarged.',
  valuesConfig: {
    THUMBNAIL: { description: 'At most 512 pixels on the longer edge, WebP.' },
    PREVIEW: { description: 'At most 1440 pixels on the longer edge, JPEG.' },
  },
});
registerEnumType(AssetOrderField, {
  name: 'AssetOrderField',
  valuesConfig: {
    NAME: { description: 'Of its file, in any case; letters by their code points.' },
    TRASHED_AT: { description: 'Of what is in the trash: with a filter whose isTrashed is true.' },
  },
});
registerEnumType(OrderDirection, { name: 'OrderDirection' });
registerEnumType(AssetState, {
  name: 'AssetState',
  valuesConfig: {
    PENDING: { description: 'Stored; its renditions and its embedding are being made.' },
    READY: { description: 'Can be searched for.' },
    FAILED: { description: 'Stored, but could not be processed; see failure.' },
  },
});
registerEnumType(Orientation, { name: 'Orientation' });
registerEnumType(AssetChangeKind, {
  name: 'AssetChangeKind',
  valuesConfig: {
    UPLOADED: { description: 'They are new, and PENDING.' },
    PROCESSED: { description: 'They became READY or FAILED; from an archive they come so.' },
    UPDATED: { description: 'Something else is said of them. What is said of PENDING ones is told with PROCESSED.' },
    LABELS_CHANGED: {
      description: 'They were given other labels, suggestions too. To rename a label is no such change.',
    },
    TRASHED: { description: 'They were put in the trash.' },
    RESTORED: { description: 'They were taken out of the trash.' },
    DELETED: { description: 'They are gone for good.' },
    MISSED: {
      description: 'The server was away from the database for a while: nobody knows what was done to which assets.',
    },
  },
});
registerEnumType(JobKind, {
  name: 'JobKind',
  valuesConfig: {
    PROCESS_ASSET: { description: 'Makes renditions, metadata and embedding of an uploaded asset.' },
    SYNC_VECTOR: { description: 'Tells the vector store what has changed about an asset.' },
    PURGE_ASSET: { description: 'Deletes the files and the embeddings of a deleted asset.' },
    EMBED_ASSET: {
      description:
        'Makes the embeddings and the fingerprint that a READY asset lacks; what a change of the model is made of.',
    },
    CLASSIFY_ASSETS: { description: 'Takes a classification further; `assetId` is the id of that.' },
    REFRESH_LABEL: {
      description: 'Takes what changed about a label to the assets that have it; `assetId` is the id of the label.',
    },
    DELETE_LABELS: {
      description: 'Takes deleted labels off the assets that had them; `assetId` is the id of the library.',
    },
    RENAME_TAG: {
      description: 'Renames a tag on the assets that have it, or takes it off; `assetId` is the id of the renaming.',
    },
    SUGGEST_LABELS: {
      description: 'Suggests the labels of an automatic set for what has come in; `assetId` is the id of the set.',
    },
  },
});
registerEnumType(JobState, {
  name: 'JobState',
  valuesConfig: {
    FAILED: { description: 'Given up; nothing is done any more until somebody has it tried again.' },
  },
});
registerEnumType(ModelState, {
  name: 'ModelState',
  valuesConfig: {
    ACTIVE: { description: 'Answers where no other is asked for.' },
    BUILDING: { description: 'Becomes the active one when it has an embedding of every asset.' },
    STANDBY: { description: 'Was active before, and is kept up to date until it is dropped.' },
    DROPPING: { description: 'Its embeddings are being removed.' },
  },
});
registerEnumType(LabelSource, { name: 'LabelSource', description: 'Who gave the label.' });
registerEnumType(LabelState, {
  name: 'LabelState',
  valuesConfig: {
    SUGGESTED: { description: 'By a model; nobody has looked at it yet.' },
    ACCEPTED: { description: 'By a person, or confirmed by one.' },
    REJECTED: { description: 'Taken away by a person; no model suggests it again.' },
  },
});
registerEnumType(WebhookEvent, {
  name: 'WebhookEvent',
  valuesConfig: {
    ASSET_READY: { description: '`asset.ready`: an asset can be searched for.' },
    LABELS_CHANGED: { description: '`labels.changed`: an asset was given other labels, suggestions too.' },
    JOB_FINISHED: { description: '`job.finished`: a job has SUCCEEDED or FAILED.' },
    WEBHOOK_TEST: { description: '`webhook.test`: what `sendTestWebhook` sends. Not to be asked for.' },
  },
});
registerEnumType(WebhookDeliveryState, {
  name: 'WebhookDeliveryState',
  valuesConfig: {
    PENDING: { description: 'Waits, or is under way.' },
    DELIVERED: { description: 'The receiver answered with a status of 2xx.' },
    FAILED: { description: 'Given up after ten attempts in about a day; `redeliver` has it sent again.' },
  },
});
registerEnumType(Role, {
  name: 'Role',
  description: 'VIEWER, LABELLER, EDITOR, ADMIN: each may do what those before it may.',
});
