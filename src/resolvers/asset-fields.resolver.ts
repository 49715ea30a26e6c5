import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from './context.js';
import { ORIGINAL, RENDITION_FILES, type RenditionName, type Renditions } from '../assets/asset-files.js';
import type { FileLinks } from '../assets/file-links.js';
import type * as rows from '../database/generated/client.js';
import type { ErrorCode } from '../errors.js';
import { Asset, AssetFailure, Camera, GeoPosition, Rendition } from '../schema/asset.types.js';
import { Collection } from '../schema/collection.types.js';
import { RenditionSize } from '../schema/enums.js';
import { LabelAssignment } from '../schema/label-assignment.types.js';
import { SafeInt } from '../schema/scalars.js';

/** The fields of an asset that its row has not in the same shape. */
@Resolver(() => Asset)
export class AssetFieldsResolver {
  constructor(private readonly links: FileLinks) {}

  @FieldResolver(() => SafeInt, { description: 'Of the original.' })
  byteSize(@Root() asset: rows.Asset): number {
    return Number(asset.byteSize);
  }

  @FieldResolver(() => AssetFailure, { nullable: true, description: 'Why it is FAILED; null when it is not.' })
  failure(@Root() { failureCode, failureMessage }: rows.Asset): AssetFailure | null {
    return failureCode === null ? null : { code: failureCode as ErrorCode, message: failureMessage ?? '' };
  }

  @FieldResolver(() => Camera, { nullable: true, description: 'From EXIF, or else XMP.' })
  camera(@Root() { cameraMake: make, cameraModel: model, lens }: rows.Asset): Camera | null {
    return make === null && model === null && lens === null ? null : { make, model, lens };
  }

  @FieldResolver(() => GeoPosition, {
    nullable: true,
    description: 'As a person has said it; or else from EXIF, or else XMP.',
  })
  position(@Root() { latitude, longitude, altitudeMetres }: rows.Asset): GeoPosition | null {
    return latitude === null || longitude === null ? null : { latitude, longitude, altitudeMetres };
  }

  @FieldResolver(() => [LabelAssignment], {
    description: 'Suggested and accepted labels, the surest first; by name where that is even.',
  })
  labels(
    @Root() { id }: rows.Asset,
    @Ctx() { labelsByAsset }: RequestContext,
    @Arg('withRejected', () => Boolean, { defaultValue: false, description: 'Also those that people took away.' })
    withRejected: boolean,
  ): Promise<LabelAssignment[]> {
    return labelsByAsset.load({ assetId: id, withRejected });
  }

  @FieldResolver(() => [Collection], {
    description: 'Those that it was put into, by name. What smart collections find is not looked up.',
  })
  collections(@Root() { id }: rows.Asset, @Ctx() { collectionsByAsset }: RequestContext): Promise<Collection[]> {
    return collectionsByAsset.load(id);
  }

  @FieldResolver(() => [String], { description: 'Ids of the models that it has an embedding of.' })
  embeddingModelIds(@Root() { id }: rows.Asset, @Ctx() { modelIdsByAsset }: RequestContext): Promise<string[]> {
    return modelIdsByAsset.load(id);
  }

  @FieldResolver(() => String, {
    description: 'Address of the original. Needs no key, and serves these bytes until the asset is deleted.',
  })
  url(@Root() asset: rows.Asset, @Ctx() { baseUrl }: RequestContext): Promise<string> {
    return this.links.url(baseUrl, asset, ORIGINAL);
  }

  @FieldResolver(() => String, {
    description: 'As `url`, but a browser saves it under its name, from a page of another origin too.',
  })
  downloadUrl(@Root() asset: rows.Asset, @Ctx() { baseUrl }: RequestContext): Promise<string> {
    return this.links.downloadUrl(baseUrl, asset);
  }

  @FieldResolver(() => Rendition, { nullable: true, description: 'Null until the asset is READY.' })
  async rendition(
    @Root() asset: rows.Asset,
    @Arg('size', () => RenditionSize) size: RenditionName,
    @Ctx() { baseUrl }: RequestContext,
  ): Promise<Rendition | null> {
    const info = (asset.renditions as Renditions)[size];
    if (!info) return null;
    const { width, height, byteSize } = info;
    const { mimeType } = RENDITION_FILES[size];
    return { width, height, byteSize, mimeType, url: await this.links.renditionUrl(baseUrl, asset, size) };
  }
}
