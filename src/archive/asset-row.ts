import { z } from 'zod';
import { id, sha256, size, text, time } from './archive-fields.js';
import {
  MAX_DESCRIPTION,
  MAX_RIGHTS,
  MAX_TITLE,
  RATINGS,
  SETTLED_FIELDS,
  toFittingTags,
  toOriginalName,
} from '../assets/asset-fields.js';
import { RENDITION_NAMES } from '../assets/asset-files.js';
import { cleanText } from '../assets/clean-text.js';
import { MAX_COLOURS } from '../assets/dominant-colours.js';
import { isCaptureTime, toOriginName } from '../assets/metadata.capture.js';
import { MIME_TYPES } from '../assets/mime-types.js';
import { shortened } from '../assets/short-text.js';
import { MOST_BYTES, MOST_PIXELS } from '../config.js';
import type { Asset } from '../database/generated/client.js';
import { AssetState, Orientation } from '../database/generated/enums.js';

// The row of an asset in an archive. What no upload and no release has ever made is refused; texts, which archives of before
// may have longer or not as clean, are taken as an upload takes what a file says of itself.

const words = (maxLength: number) =>
  z
    .string()
    .transform((given) => shortened(cleanText(given), maxLength) || null)
    .nullable();
const originName = text.transform((name) => toOriginName(name) || null).nullable();
/** Archives of before have none. */
const right = words(MAX_RIGHTS).default(null);
const degrees = (most: number) => z.number().min(-most).max(most).nullable();
/** As the column holds it. */
const edge = z.int32().positive();

/** A column that is added to the table and forgotten here does not compile. */
export const assetSchema = z
  .strictObject({
    id,
    state: z.enum(AssetState),
    failureCode: text.nullable(),
    failureMessage: text.nullable(),
    sha256,
    originalName: z.string().transform(toOriginalName),
    mimeType: z.enum(MIME_TYPES),
    byteSize: size.max(MOST_BYTES),
    width: edge,
    height: edge,
    orientation: z.enum(Orientation),
    title: words(MAX_TITLE),
    description: words(MAX_DESCRIPTION),
    creator: right,
    credit: right,
    copyright: right,
    tags: z.array(z.string()).transform(toFittingTags),
    isFavourite: z.boolean(),
    rating: z.int().min(RATINGS.min).max(RATINGS.max).nullable(),
    /** Of before there were any: what there was then, where its file was read. */
    settledFields: z.array(z.enum(SETTLED_FIELDS)).optional(),
    // Before it was looked at, any year of four digits was taken.
    capturedAt: z.iso
      .datetime()
      .transform((given) => new Date(given))
      .transform((date) => (isCaptureTime(date) ? date : null))
      .nullable(),
    cameraMake: originName,
    cameraModel: originName,
    lens: originName,
    latitude: degrees(90),
    longitude: degrees(180),
    altitudeMetres: z.number().nullable(),
    dominantColours: z.array(z.string().regex(/^#[0-9a-f]{6}$/)).max(MAX_COLOURS),
    thumbhash: z.base64().max(64).nullable(),
    renditions: z.partialRecord(
      z.enum(RENDITION_NAMES),
      // The import makes the digest anew, of the file of the archive.
      z.strictObject({ width: edge, height: edge, byteSize: size, digest: z.string().optional() }),
    ),
    /** The model of the manifest where it has an embedding of that one, else null. */
    embeddingModelId: text.nullable(),
    uploadedById: id.nullable(),
    uploadedAt: time,
    updatedAt: time,
    processedAt: time.nullable(),
    trashedAt: time.nullable(),
  } satisfies Record<Exclude<keyof Asset, 'libraryId'> | 'embeddingModelId', z.ZodType>)
  .refine(({ width, height }) => width * height <= MOST_PIXELS, {
    path: ['width'],
    error: `expected at most ${MOST_PIXELS} pixels with height`,
  })
  .refine(({ latitude, longitude }) => (latitude === null) === (longitude === null), {
    path: ['latitude'],
    error: 'expected beside longitude',
  });
