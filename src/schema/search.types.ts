import { ArgsType, Field, Float, ID, ObjectType } from 'type-graphql';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { AssetFilterInput, PageArgs } from './asset.inputs.js';
import { Asset } from './asset.types.js';
import { PageInfo } from './connection.types.js';
import { Upload } from './scalars.js';

@ObjectType({ simpleResolvers: true })
export class SearchEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => Asset)
  node!: Asset;

  @Field(() => Float, {
    description: 'Cosine of the two embeddings, -1 to 1, best first. No probability: compare it within one model only.',
  })
  score!: number;
}

@ObjectType({ simpleResolvers: true })
export class SearchConnection {
  @Field(() => [SearchEdge])
  edges!: readonly SearchEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

@ObjectType({ simpleResolvers: true, description: 'How well a label fits a picture.' })
export class ClassifiedLabel {
  @Field(() => String)
  label!: string;

  @Field(() => Float, { description: 'Cosine of picture and label, -1 to 1.' })
  score!: number;

  @Field(() => Float, { description: '0 to 1. Of competing labels they add up to 1.' })
  probability!: number;
}

@ArgsType()
export class SearchByTextArgs extends PageArgs {
  @Field(() => String)
  query!: string;

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;

  @Field(() => ID, { nullable: true, description: 'A model that is ACTIVE or on STANDBY; the active one by default.' })
  model?: string;
}

@ArgsType()
export class SimilarImagesArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'An asset of the library; or else:' })
  assetId?: string;

  @Field(() => Upload, { nullable: true, description: 'A picture that is not kept.' })
  image?: Promise<FileUpload>;

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;

  @Field(() => ID, { nullable: true, description: 'A model that is ACTIVE or on STANDBY; the active one by default.' })
  model?: string;
}

@ArgsType()
export class ZeroShotClassifyArgs {
  @Field(() => ID, { nullable: true, description: 'An asset of the library; or else:' })
  assetId?: string;

  @Field(() => Upload, { nullable: true, description: 'A picture that is not kept.' })
  image?: Promise<FileUpload>;

  @Field(() => [String], { description: '1 to 1,000.' })
  labels!: string[];

  @Field(() => [String], { nullable: true, description: 'Prompts with {} for the label; the model has its own.' })
  templates?: string[];

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Each label for itself, so that any number of them may fit, instead of one out of all.',
  })
  multiLabel!: boolean;
}
