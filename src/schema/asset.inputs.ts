import { ArgsType, Field, Float, ID, InputType, Int } from 'type-graphql';
import { AssetOrderField, OrderDirection } from './enums.js';
import { AssetFilterInput } from './filter.inputs.js';
import { DESCRIPTION_LIMIT, RIGHTS_LIMIT, TITLE_LIMIT, UP_TO_MAX_IDS, written } from './limits.js';
import { DateTime } from './scalars.js';
import { MAX_TAG, MAX_TAGS, type AssetFields, type SharedFields } from '../assets/asset-fields.js';
import type { AssetOrder } from '../assets/asset-order.js';
import { CAPTURE_YEARS } from '../assets/metadata.capture.js';
import { MAX_ALTITUDE } from '../assets/said-capture.js';
import { DEFAULT_FIRST, MAX_FIRST } from '../pagination.js';

@InputType('AssetOrder', { description: 'Ties are broken by id; assets without the value come last.' })
export class AssetOrderInput implements AssetOrder {
  @Field(() => AssetOrderField)
  field!: AssetOrder['field'];

  @Field(() => OrderDirection)
  direction!: AssetOrder['direction'];
}

@InputType({ description: 'Where a picture was taken: degrees, WGS 84.' })
export class GeoPositionInput {
  @Field(() => Float, { description: '-90 to 90.' })
  latitude!: number;

  @Field(() => Float, { description: '-180 to 180.' })
  longitude!: number;

  @Field(() => Float, {
    nullable: true,
    description: `Above the sea, -${written(MAX_ALTITUDE)} to ${written(MAX_ALTITUDE)}; left out, there is none.`,
  })
  altitudeMetres?: number | null;
}

/** What can be said of one asset as of several. */
@InputType()
abstract class WordsInput {
  @Field(() => String, { nullable: true, description: TITLE_LIMIT })
  title?: string | null;

  @Field(() => String, { nullable: true, description: DESCRIPTION_LIMIT })
  description?: string | null;

  @Field(() => String, { nullable: true, description: RIGHTS_LIMIT })
  creator?: string | null;

  @Field(() => String, { nullable: true, description: RIGHTS_LIMIT })
  credit?: string | null;

  @Field(() => String, { nullable: true, description: RIGHTS_LIMIT })
  copyright?: string | null;

  @Field(() => Boolean, { nullable: true })
  isFavourite?: boolean | null;

  @Field(() => Int, { nullable: true, description: '1 to 5.' })
  rating?: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: `When it was taken, of the years ${CAPTURE_YEARS.first} to ${CAPTURE_YEARS.last}; said once, it is not taken from the file any more.`,
  })
  capturedAt?: Date | null;

  @Field(() => GeoPositionInput, { nullable: true, description: 'Where it was taken, likewise.' })
  position?: GeoPositionInput | null;
}

@InputType('AssetInput', {
  description:
    'What a person says of an asset. A field left out stays as it is, and is taken from the file with an upload; null or an ' +
    'empty text clears it for good. A text with NUL or half a character is refused; with an upload it is taken without. ' +
    'Characters, here and wherever their number is said, are UTF-16 code units of the text with each accent put together ' +
    'with its letter (NFC): an emoji is two or more.',
})
export class AssetInput extends WordsInput implements AssetFields {
  @Field(() => [String], {
    nullable: true,
    description: `Replaces all tags: up to ${MAX_TAGS}, of up to ${MAX_TAG} characters each. "Cat" and "cat" are two tags, though one label.`,
  })
  tags?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: `Come after those that the asset has; with an upload, before those that the file says, where \`tags\` is in their place. Not beside \`tags\`.`,
  })
  addTags?: string[] | null;
}

@InputType('AssetsInput', {
  description: 'What a person says of several assets, as an AssetInput, but for the tags: each asset keeps its others.',
})
export class AssetsInput extends WordsInput implements SharedFields {
  @Field(() => [String], {
    nullable: true,
    description: `Come after those that an asset has. Up to ${MAX_TAGS}, of up to ${MAX_TAG} characters each.`,
  })
  addTags?: string[] | null;

  @Field(() => [String], { nullable: true, description: `Up to ${MAX_TAGS}, and none of addTags.` })
  removeTags?: string[] | null;
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
  @Field(() => [ID], { description: UP_TO_MAX_IDS })
  ids!: string[];
}
