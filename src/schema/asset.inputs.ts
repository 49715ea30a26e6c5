import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { AssetOrderField, AssetState, OrderDirection, Orientation } from './enums.js';
import { DateTime, SafeInt } from './scalars.js';
import type { AssetFields } from '../assets/asset-fields.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import type { AssetOrder } from '../assets/asset-order.js';
import { DEFAULT_FIRST, MAX_FIRST } from '../pagination.js';

@InputType({ description: 'Both ends included; either may be left open.' })
export class DateRange {
  @Field(() => DateTime, { nullable: true })
  min?: Date;

  @Field(() => DateTime, { nullable: true })
  max?: Date;
}

@InputType({ description: 'Both ends included; either may be left open.' })
export class IntRange {
  @Field(() => SafeInt, { nullable: true })
  min?: number;

  @Field(() => SafeInt, { nullable: true })
  max?: number;
}

@InputType('AssetFilter', { description: 'All that is given must be met. Assets in the trash are left out.' })
export class AssetFilterInput implements AssetFilter {
  @Field(() => [String], { nullable: true, description: 'Types such as "image/jpeg".' })
  mimeTypes?: string[];

  @Field(() => [String], { nullable: true, description: 'At least one of these tags.' })
  tagsAny?: string[];

  @Field(() => [String], { nullable: true, description: 'Every one of these tags.' })
  tagsAll?: string[];

  @Field(() => [String], { nullable: true, description: 'At least one of these labels, suggested or accepted.' })
  labelsAny?: string[];

  @Field(() => DateRange, { nullable: true })
  uploadedAt?: DateRange;

  @Field(() => DateRange, { nullable: true })
  capturedAt?: DateRange;

  @Field(() => IntRange, { nullable: true, description: 'Of the original.' })
  byteSize?: IntRange;

  @Field(() => IntRange, { nullable: true, description: 'Pixels.' })
  width?: IntRange;

  @Field(() => IntRange, { nullable: true, description: 'Pixels.' })
  height?: IntRange;

  @Field(() => [Orientation], { nullable: true })
  orientations?: Orientation[];

  @Field(() => [AssetState], { nullable: true, description: 'A search finds READY ones only.' })
  states?: AssetState[];

  @Field(() => Boolean, { nullable: true })
  isFavourite?: boolean;

  @Field(() => Int, { nullable: true, description: '1 to 5.' })
  minRating?: number;

  @Field(() => String, { nullable: true, description: 'Part of the file name or the title, whatever its case.' })
  text?: string;

  @Field(() => Boolean, { nullable: true, description: 'True: only assets in the trash.' })
  isTrashed?: boolean;
}

@InputType('AssetOrder', { description: 'Ties are broken by id; assets without the value come last.' })
export class AssetOrderInput implements AssetOrder {
  @Field(() => AssetOrderField)
  field!: AssetOrder['field'];

  @Field(() => OrderDirection)
  direction!: AssetOrder['direction'];
}

@InputType('AssetInput', {
  description: 'What a person says of an asset. A field left out stays as it is; null or an empty text clears it.',
})
export class AssetInput implements AssetFields {
  @Field(() => String, { nullable: true })
  title?: string | null;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'Replaces all tags.' })
  tags?: string[] | null;

  @Field(() => Boolean, { nullable: true })
  isFavourite?: boolean | null;

  @Field(() => Int, { nullable: true, description: '1 to 5.' })
  rating?: number | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: `${DEFAULT_FIRST} by default, ${MAX_FIRST} at most.` })
  first?: number;

  @Field(() => String, { nullable: true, description: 'The cursor of the edge before the page.' })
  after?: string;
}

@ArgsType()
export class AssetsArgs extends PageArgs {
  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;

  @Field(() => AssetOrderInput, { nullable: true, description: 'Latest upload first by default.' })
  orderBy?: AssetOrderInput;
}

@ArgsType()
export class IdsArgs {
  @Field(() => [ID])
  ids!: string[];
}
