import { ArgsType, Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { PageArgs } from './asset.inputs.js';
import { Asset } from './asset.types.js';
import { PageInfo } from './connection.types.js';
import { AssetFilterInput } from './filter.inputs.js';
import { MatchKind, SearchCutoff, SearchMode } from './search.enums.js';
import { Upload } from './scalars.js';
import { MIN_CROP_EDGE, type Crop } from '../assets/crop.js';
import type { SearchCutoff as SearchCutoffName } from '../search/cutoff.js';
import type { Contributions } from '../search/fusion.js';
import { MAX_WEIGHT } from '../search/mix.js';
import type { PromptedLabel } from '../labelling/prompted-label.js';
import type { PictureClue, TextClue } from '../search/query-clues.js';
import { FUSED } from '../search/ranking.js';
import type { SearchMatch } from '../search/search-pages.js';
import type { SearchMode as SearchModeName } from '../search/search.service.js';
import type { SearchDurations } from '../search/search-times.js';

@ObjectType({
  simpleResolvers: true,
  description:
    'What the places of an asset count for: 1 / (60 + rank) in each ranking. HYBRID orders by the sum, but for exact names.',
})
export class EdgeExplanation implements Contributions {
  @Field(() => Float, { description: '0 without a place in the ranking by meaning.' })
  visual!: number;

  @Field(() => Float, { description: '0 without a place in the ranking by words.' })
  keyword!: number;
}

const inMs = (description: string) => ({ nullable: true, description });

@ObjectType({
  simpleResolvers: true,
  description:
    'Where the time of a search went, in milliseconds by the clock. Steps overlap; null for one that was not.',
})
export class SearchExplanation implements SearchDurations {
  @Field(() => Float, inMs('To wait for the embedding of the query; hardly any where its text was asked for before.'))
  encodeMs!: number | null;

  @Field(() => Float, inMs('In the vector store.'))
  vectorSearchMs!: number | null;

  @Field(() => Float, inMs('In Postgres, by words.'))
  keywordSearchMs!: number | null;

  @Field(() => Float, inMs('To read the assets that were found.'))
  rowsMs!: number | null;

  @Field(() => Float)
  totalMs!: number;
}

@ObjectType({ simpleResolvers: true })
export class SearchEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => Asset)
  node!: Asset;

  @Field(() => Float, {
    nullable: true,
    description:
      'Cosine of the two embeddings, -1 to 1. No probability: compare it within one model only. Always null in the mode KEYWORD, which compares none; else null only for an asset whose embedding is being made.',
  })
  score!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'How likely the picture fits the text by what it shows: 0 to 1, 0.5 is about as likely as not. Comparable between queries. Null where score is, with not, like or unlike, and in similarImages.',
  })
  relevance!: number | null;

  @Field(() => [MatchKind], { description: 'What found it: its place in the ranking by meaning, by words, or both.' })
  matchedBy!: readonly SearchMatch[];

  @Field(() => Int, {
    nullable: true,
    description: `Place in the ranking by meaning, from 1. HYBRID looks up the first ${FUSED} of each ranking.`,
  })
  visualRank!: number | null;

  @Field(() => Int, { nullable: true, description: 'Place in the ranking by words, likewise.' })
  keywordRank!: number | null;

  @Field(() => [Asset], {
    description:
      'With collapseNearDuplicates: the assets that show the same picture and meet the filter, whether or not the search itself would find them. No other edge stands for them. Else empty.',
  })
  nearDuplicates!: readonly Asset[];

  @Field(() => EdgeExplanation, { nullable: true, description: 'Null without explain.' })
  explanation!: EdgeExplanation | null;
}

@ObjectType({ simpleResolvers: true })
export class SearchConnection {
  @Field(() => [SearchEdge])
  edges!: readonly SearchEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => SearchExplanation, { nullable: true, description: 'Of this page; null without explain.' })
  durations!: SearchExplanation | null;
}

@ObjectType({ simpleResolvers: true, description: 'How well a label fits a picture.' })
export class ClassifiedLabel {
  @Field(() => String)
  label!: string;

  @Field(() => ID, { nullable: true, description: 'Of a label of a set.' })
  labelId!: string | null;

  @Field(() => Boolean, { description: 'Whether it stands for none of the labels.' })
  isNone!: boolean;

  @Field(() => Boolean, {
    description:
      'Whether the probability is what the set learned from what people decided, instead of what its words say. So it is ' +
      'of a set with an active head that is asked as it stands: without `templates`, `includeNone`, or another `multiLabel`.',
  })
  isLearned!: boolean;

  @Field(() => Float, {
    description: 'Cosine of picture and label, -1 to 1; for none, the one that labels have to beat.',
  })
  score!: number;

  @Field(() => Float, {
    description: '0 to 1. Of competing labels, and none of them, they add up to 1, but for what negative prompts take.',
  })
  probability!: number;
}

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
export class SearchByTextArgs extends PageArgs {
  @Field(() => String, {
    description: '1 to 1,000 characters. Words: "a phrase", -without. SEMANTIC takes it as it is.',
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

  @Field(() => [TextClueInput], { nullable: true, description: 'To steer away from; the query weighs 1.' })
  not?: TextClueInput[];

  @Field(() => [PictureClueInput], { nullable: true, description: 'Assets to steer towards.' })
  like?: PictureClueInput[];

  @Field(() => [PictureClueInput], { nullable: true, description: 'Assets to steer away from.' })
  unlike?: PictureClueInput[];

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;

  @Field(() => ID, { nullable: true, description: 'A model that is ACTIVE or on STANDBY; the active one by default.' })
  model?: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Of assets that show the same picture only the best is an edge; see its nearDuplicates. Ends after 10,000 places.',
  })
  collapseNearDuplicates!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'To say what places are made of, and where the time went.',
  })
  explain!: boolean;
}

@ArgsType()
export class SimilarImagesArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'An asset of the library; or else:' })
  assetId?: string;

  @Field(() => [ID], { nullable: true, description: 'Several assets, 20 at most, as good as their mean; or else:' })
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
    description:
      'Of assets that show the same picture only the best is an edge; see its nearDuplicates. Ends after 10,000 places.',
  })
  collapseNearDuplicates!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'To say what places are made of, and where the time went.',
  })
  explain!: boolean;
}

@InputType('PromptedLabel')
export class PromptedLabelInput implements PromptedLabel {
  @Field(() => String, { description: '1 to 200 characters.' })
  name!: string;

  @Field(() => [String], { nullable: true, description: 'Up to 50 other words for the same.' })
  synonyms?: string[];

  @Field(() => [String], {
    nullable: true,
    description: 'Up to 50, instead of the templates with name and synonyms; {} stands for the name.',
  })
  prompts?: string[];

  @Field(() => [String], { nullable: true, description: 'Up to 50, of what looks like it and is not.' })
  negativePrompts?: string[];
}

@ArgsType()
export class ZeroShotClassifyArgs {
  @Field(() => ID, { nullable: true, description: 'An asset of the library; or else:' })
  assetId?: string;

  @Field(() => Upload, { nullable: true, description: 'A picture that is not kept.' })
  image?: Promise<FileUpload>;

  @Field(() => CropInput, { nullable: true, description: 'The part of that one picture that is meant.' })
  crop?: CropInput;

  @Field(() => [String], { nullable: true, description: '1 to 1,000; or else:' })
  labels?: string[];

  @Field(() => [PromptedLabelInput], { nullable: true, description: '1 to 1,000 with prompts of their own; or else:' })
  promptedLabels?: PromptedLabelInput[];

  @Field(() => ID, {
    nullable: true,
    description: 'A set of the library, with its templates: by its words, not by what it learned.',
  })
  labelSetId?: string;

  @Field(() => [String], {
    nullable: true,
    description: 'Up to 100 prompts with {} for the label; the model has its own. With all labels 50,000 at most.',
  })
  templates?: string[];

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Each label for itself, so that any number of them may fit, instead of one out of all. False by default; for a set, unless it is exclusive.',
  })
  multiLabel?: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether "none of these" is among the answers: that the picture shows something else.',
  })
  includeNone!: boolean;

  @Field(() => Int, { nullable: true, description: 'How many of the best, from 1; all by default.' })
  topK?: number;
}
