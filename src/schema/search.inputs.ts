import { ArgsType, Field, Float, ID, InputType } from 'type-graphql';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { PageArgs } from './asset.inputs.js';
import { AssetFilterInput } from './filter.inputs.js';
import { SearchCutoff, SearchMode } from './search.enums.js';
import { Upload } from './scalars.js';
import { MIN_CROP_EDGE, type Crop } from '../assets/crop.js';
import type { SearchCutoff as SearchCutoffName } from '../search/cutoff.js';
import { MAX_WEIGHT } from '../search/mix.js';
import { MAX_PICTURES, MAX_STEERING, type PictureClue, type TextClue } from '../search/query-clues.js';
import type { SearchMode as SearchModeName } from '../search/text-search.js';

const COLLAPSING =
  'Of assets that show the same picture, EXACT duplicates and NEAR ones, only the best is an edge; see its nearDuplicates. ' +
  'Ends after 10,000 places.';

@InputType('TextClue')
export class TextClueInput implements TextClue {
  @Field(() => String, { description: '1 to 1,000 characters.' })
  text!: string;

  @Field(() => Float, { defaultValue: 1, description: `More than 0, ${MAX_WEIGHT} at most.` })
  weight!: number;
}

@InputType('PictureClue')
export class PictureClueInput implements PictureClue {
  @Field(() => ID)
  assetId!: string;

  @Field(() => Float, { defaultValue: 1, description: `More than 0, ${MAX_WEIGHT} at most.` })
  weight!: number;
}

@InputType('Crop', {
  description: `A rectangle of a picture, upright, in shares of its width and height. At least ${MIN_CROP_EDGE} of its pixels each way.`,
})
export class CropInput implements Crop {
  @Field(() => Float, { description: '0 to 1.' })
  left!: number;

  @Field(() => Float, { description: '0 to 1.' })
  top!: number;

  @Field(() => Float, { description: 'More than 0; left and width are 1 at most.' })
  width!: number;

  @Field(() => Float, { description: 'More than 0; top and height are 1 at most.' })
  height!: number;
}

@ArgsType()
abstract class SearchPageArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: `The cursor of the edge before the page: a depth in the ranking. Assets that come or go meanwhile shift what follows, so
that a page may repeat some or leave some out: tell edges apart by the ids of their assets.`,
  })
  declare after?: string;
}

@ArgsType()
export class SearchByTextArgs extends SearchPageArgs {
  @Field(() => String, {
    description: `1 to 1,000 characters. Words: "a phrase", -without, not alone: a filter by "not" lists what
has none of something. SEMANTIC takes it as it is.`,
  })
  query!: string;

  @Field(() => SearchMode, { defaultValue: 'HYBRID' })
  mode!: SearchModeName;

  @Field(() => SearchCutoff, {
    nullable: true,
    description:
      'NONE by default. What is found by its words stays, whatever its relevance. Not with not, like or unlike.',
  })
  cutoff?: SearchCutoffName;

  @Field(() => Float, { nullable: true, description: 'Instead of a cutoff: the least relevance, 0 to 1.' })
  minRelevance?: number;

  @Field(() => [TextClueInput], {
    nullable: true,
    description: `To steer away from; the query weighs 1. With like and unlike ${MAX_STEERING} at most.`,
  })
  not?: TextClueInput[];

  @Field(() => [PictureClueInput], {
    nullable: true,
    description: `Assets to steer towards. With not and unlike ${MAX_STEERING} at most.`,
  })
  like?: PictureClueInput[];

  @Field(() => [PictureClueInput], {
    nullable: true,
    description: `Assets to steer away from. With not and like ${MAX_STEERING} at most.`,
  })
  unlike?: PictureClueInput[];

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;

  @Field(() => ID, { nullable: true, description: 'A model that is ACTIVE or on STANDBY; the active one by default.' })
  model?: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: COLLAPSING,
  })
  collapseNearDuplicates!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'To say what places are made of, and where the time went.',
  })
  explain!: boolean;
}

@ArgsType()
export class SimilarImagesArgs extends SearchPageArgs {
  @Field(() => ID, { nullable: true, description: 'An asset of the library; or else:' })
  assetId?: string;

  @Field(() => [ID], {
    nullable: true,
    description: `Several assets, ${MAX_PICTURES} at most, as good as their mean; or else:`,
  })
  assetIds?: string[];

  @Field(() => Upload, { nullable: true, description: 'A picture that is not kept.' })
  image?: Promise<FileUpload>;

  @Field(() => CropInput, { nullable: true, description: 'The part of that one picture that is meant.' })
  crop?: CropInput;

  @Field(() => TextClueInput, { nullable: true, description: 'To steer by; the pictures together weigh 1.' })
  withText?: TextClueInput;

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;

  @Field(() => ID, { nullable: true, description: 'A model that is ACTIVE or on STANDBY; the active one by default.' })
  model?: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: COLLAPSING,
  })
  collapseNearDuplicates!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'To say what places are made of, and where the time went.',
  })
  explain!: boolean;
}
