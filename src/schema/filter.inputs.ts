import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { AssetState, LabelState, Orientation } from './enums.js';
import { DateTime, SafeInt } from './scalars.js';
import type { AssetFilter, ColourCondition, LabelCondition } from '../assets/asset-filter.js';
import { MAX_VALUES } from '../assets/asset-filter.rules.js';
import type { GeoBox, GeoCircle } from '../assets/geo-area.js';

const ENDS = 'Both ends included; either may be left open.';

@InputType({ description: ENDS })
export class DateRange {
  @Field(() => DateTime, { nullable: true })
  min?: Date;

  @Field(() => DateTime, { nullable: true })
  max?: Date;
}

@InputType({ description: ENDS })
export class IntRange {
  @Field(() => SafeInt, { nullable: true })
  min?: number;

  @Field(() => SafeInt, { nullable: true })
  max?: number;
}

@InputType({ description: ENDS })
export class FloatRange {
  @Field(() => Float, { nullable: true })
  min?: number;

  @Field(() => Float, { nullable: true })
  max?: number;
}

@InputType('LabelCondition', {
  description: `A label that an asset has. It is meant by its name, which several sets may have, by its id, or by its set; where more
is given, all of it must fit. Of what is deleted there is none.`,
})
export class LabelConditionInput implements LabelCondition {
  @Field(() => String, { nullable: true, description: 'Whatever its case; of any set, and of none.' })
  name?: string;

  @Field(() => ID, { nullable: true })
  labelId?: string;

  @Field(() => ID, { nullable: true, description: 'Any label of this set, or that of the name.' })
  labelSetId?: string;

  @Field(() => Float, {
    nullable: true,
    description: '0 to 1, as the model had it. A label that a person added and accepted counts as 1.',
  })
  minProbability?: number;

  @Field(() => [LabelState], { nullable: true, description: 'SUGGESTED and ACCEPTED by default.' })
  states?: LabelState[];
}

@InputType('ColourCondition', { description: 'One of the dominant colours is like this one.' })
export class ColourConditionInput implements ColourCondition {
  @Field(() => String, { description: '"#rrggbb".' })
  hex!: string;

  @Field(() => Float, {
    nullable: true,
    description: `CIE 1976 colour difference, 0 to 40, 15 by default; 2.3 is just noticeable. Compared in cells of 8 units:
nothing within the distance is missed, and what is up to a cell farther may be found too.`,
  })
  maxDistance?: number;
}

@InputType('GeoCircle', { description: 'Within a distance of a place: degrees, WGS 84; metres along the surface.' })
export class GeoCircleInput implements GeoCircle {
  @Field(() => Float)
  latitude!: number;

  @Field(() => Float)
  longitude!: number;

  @Field(() => Float)
  radiusMetres!: number;
}

@InputType('GeoBox', {
  description: 'Degrees, WGS 84, ends included. Where west is greater than east it crosses the antimeridian.',
})
export class GeoBoxInput implements GeoBox {
  @Field(() => Float)
  south!: number;

  @Field(() => Float)
  west!: number;

  @Field(() => Float)
  north!: number;

  @Field(() => Float)
  east!: number;
}

@InputType('AssetFilter', {
  description: `All that is given must be met. Assets in the trash are left out. What an asset has no value of (a rating, a
place, a camera) meets no condition on it, and so meets its "not". Texts are taken as they would be stored: without blanks
around them, and whether an accent is a character of its own or not. Searches find the same assets as lists do, of those that
are READY; INVALID_FILTER names the part that is bad. A list has up to ${MAX_VALUES} values.`,
})
export class AssetFilterInput implements AssetFilter {
  @Field(() => [AssetFilterInput], {
    nullable: true,
    description: `All of these; an empty list leaves all. Up to 64 filters in each other, 6 levels deep, with up to 40 conditions on
labels and collections; labelsAll counts once for each of up to four names.`,
  })
  and?: AssetFilterInput[];

  @Field(() => [AssetFilterInput], { nullable: true, description: 'At least one of these; an empty list leaves none.' })
  or?: AssetFilterInput[];

  @Field(() => AssetFilterInput, { nullable: true, description: 'Not this; "not: {}" leaves none.' })
  not?: AssetFilterInput;

  @Field(() => [String], { nullable: true, description: 'Types such as "image/jpeg".' })
  mimeTypes?: string[];

  @Field(() => [String], {
    nullable: true,
    description: 'At least one of these tags. Case counts, unlike in labels, and so do blanks within.',
  })
  tagsAny?: string[];

  @Field(() => [String], { nullable: true, description: 'Every one of these tags, as for tagsAny.' })
  tagsAll?: string[];

  @Field(() => [String], { nullable: true, description: 'None of these tags, as for tagsAny.' })
  tagsNone?: string[];

  @Field(() => Boolean, { nullable: true, description: 'Whether it has a tag.' })
  isTagged?: boolean;

  @Field(() => [String], { nullable: true, description: 'At least one of these labels, suggested or accepted.' })
  labelsAny?: string[];

  @Field(() => [String], { nullable: true, description: 'Every one of these labels, suggested or accepted.' })
  labelsAll?: string[];

  @Field(() => [String], { nullable: true, description: 'None of these labels, suggested or accepted.' })
  labelsNone?: string[];

  @Field(() => Boolean, { nullable: true, description: 'Whether it has a label, suggested or accepted.' })
  isLabelled?: boolean;

  @Field(() => [LabelConditionInput], { nullable: true, description: 'Every one of these, 20 at most.' })
  labels?: LabelConditionInput[];

  @Field(() => [ID], {
    nullable: true,
    description: 'In one of these collections; nothing is in a smart one, which is a query itself.',
  })
  collections?: string[];

  @Field(() => Boolean, { nullable: true, description: 'Whether it was put into a collection.' })
  isInCollection?: boolean;

  @Field(() => DateRange, { nullable: true })
  uploadedAt?: DateRange;

  @Field(() => [ID], { nullable: true, description: 'By one of these API keys.' })
  uploadedBy?: string[];

  @Field(() => DateRange, { nullable: true })
  capturedAt?: DateRange;

  @Field(() => [String], { nullable: true, description: 'One of these, whatever its case.' })
  cameraMakes?: string[];

  @Field(() => [String], { nullable: true, description: 'One of these, whatever its case.' })
  cameraModels?: string[];

  @Field(() => [String], { nullable: true, description: 'One of these, whatever its case.' })
  lenses?: string[];

  @Field(() => Boolean, { nullable: true, description: 'Whether it says where it was taken.' })
  isGeotagged?: boolean;

  @Field(() => GeoCircleInput, { nullable: true })
  near?: GeoCircleInput;

  @Field(() => GeoBoxInput, { nullable: true })
  box?: GeoBoxInput;

  @Field(() => IntRange, { nullable: true, description: 'Of the original.' })
  byteSize?: IntRange;

  @Field(() => IntRange, { nullable: true, description: 'Pixels.' })
  width?: IntRange;

  @Field(() => IntRange, { nullable: true, description: 'Pixels.' })
  height?: IntRange;

  @Field(() => FloatRange, { nullable: true, description: 'Width by height: above 1 for a landscape.' })
  aspectRatio?: FloatRange;

  @Field(() => [Orientation], { nullable: true })
  orientations?: Orientation[];

  @Field(() => ColourConditionInput, { nullable: true })
  colour?: ColourConditionInput;

  @Field(() => [AssetState], { nullable: true, description: 'A search finds READY ones only.' })
  states?: AssetState[];

  @Field(() => Boolean, { nullable: true })
  isFavourite?: boolean;

  @Field(() => IntRange, { nullable: true, description: '1 to 5; one that is not rated is in no range.' })
  rating?: IntRange;

  @Field(() => Int, { nullable: true, description: '1 to 5.' })
  minRating?: number;

  @Field(() => String, {
    nullable: true,
    description: 'Part of the file name or the title, whatever its case, with or without accents.',
  })
  text?: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True: only assets in the trash. At the top only, not inside and, or and not.',
  })
  isTrashed?: boolean;
}
