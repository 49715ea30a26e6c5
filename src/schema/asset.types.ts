import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { connectionOf, edgeOf } from './connection.types.js';
import { AssetChangeKind, AssetState, ErrorCode, Orientation } from './enums.js';
import { Node } from './node.types.js';
import { LONG_TEXT } from './lengths.js';
import { DateTime, SafeInt } from './scalars.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import type { ErrorCode as Code } from '../errors.js';
import type { AssetChangeKind as ChangeKind } from '../events/assets-change.js';

@ObjectType({ simpleResolvers: true, description: 'Why an asset could not be processed.' })
export class AssetFailure {
  @Field(() => ErrorCode)
  code!: Code;

  @Field(() => String)
  message!: string;
}

@ObjectType({ simpleResolvers: true })
export class Camera {
  @Field(() => String, { nullable: true })
  make!: string | null;

  @Field(() => String, { nullable: true })
  model!: string | null;

  @Field(() => String, { nullable: true })
  lens!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Where a picture was taken: degrees, WGS 84.' })
export class GeoPosition {
  @Field(() => Float)
  latitude!: number;

  @Field(() => Float)
  longitude!: number;

  @Field(() => Float, { nullable: true })
  altitudeMetres!: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'A picture derived from the original: upright, without metadata.' })
export class Rendition {
  @Field(() => Int, { description: 'Pixels.' })
  width!: number;

  @Field(() => Int, { description: 'Pixels.' })
  height!: number;

  @Field(() => SafeInt)
  byteSize!: number;

  @Field(() => String)
  mimeType!: string;

  @Field(() => String, {
    description: 'Needs no key, and lasts until the asset is deleted. Another one when the rendition is made anew.',
  })
  url!: string;
}

@ObjectType({ simpleResolvers: true, implements: Node, description: 'A picture of the library.' })
export class Asset implements Node {
  @Field(() => ID)
  id!: string;

  @Field(() => AssetState)
  state!: AssetState;

  @Field(() => String, { description: 'The name of the file as it was uploaded.' })
  originalName!: string;

  @Field(() => String)
  mimeType!: string;

  @Field(() => Int, { description: 'Pixels, upright.' })
  width!: number;

  @Field(() => Int, { description: 'Pixels, upright.' })
  height!: number;

  @Field(() => Orientation)
  orientation!: Orientation;

  @Field(() => String, { description: 'Of the original, lower-case hexadecimal.' })
  sha256!: string;

  @Field(() => String, { nullable: true })
  title!: string | null;

  @Field(() => String, { complexity: LONG_TEXT, nullable: true })
  description!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Who made it, from XMP, or else IPTC, or else EXIF; several with ", " between.',
  })
  creator!: string | null;

  @Field(() => String, { nullable: true, description: 'The line to print beside it, from XMP, or else IPTC.' })
  credit!: string | null;

  @Field(() => String, { nullable: true, description: 'The copyright notice, from XMP, or else IPTC, or else EXIF.' })
  copyright!: string | null;

  @Field(() => [String])
  tags!: string[];

  @Field(() => Boolean)
  isFavourite!: boolean;

  @Field(() => Int, { nullable: true, description: '1 to 5; null when it is not rated.' })
  rating!: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: `As a person has said it; or else from EXIF, or else XMP, or else IPTC. Where that names no time zone, taken for UTC; a
day without a time is its midnight in UTC. Null where that is a day that does not exist, or a year before 1826 or after
2099, which programs write that have no date.`,
  })
  capturedAt!: Date | null;

  @Field(() => [String], { description: '"#rrggbb", at most five, the most common first.' })
  dominantColours!: string[];

  @Field(() => String, {
    nullable: true,
    description: 'A tiny placeholder, Base64 (https://evanw.github.io/thumbhash/).',
  })
  thumbhash!: string | null;

  @Field(() => DateTime)
  uploadedAt!: Date;

  @Field(() => ID, {
    nullable: true,
    description: 'Of the API key by which it was uploaded, as a filter by `uploadedBy` takes it; null for none.',
  })
  uploadedById!: string | null;

  @Field(() => DateTime)
  updatedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it became READY or FAILED; null while it is PENDING.' })
  processedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was put in the trash; null when it is not there.' })
  trashedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'What was done at once to several assets.' })
export class AssetsChange {
  @Field(() => AssetChangeKind)
  kind!: ChangeKind;

  @Field(() => [ID], { description: '180 at most: of more, there are several events.' })
  assetIds!: readonly string[];
}

@ObjectType({ simpleResolvers: true })
export class AssetEdge extends edgeOf(Asset) {}

@ObjectType({ simpleResolvers: true })
export class AssetConnection extends connectionOf(AssetEdge) {
  /** What `totalCount` counts. */
  filter?: AssetFilter;
}
