import { ArgsType, Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { UP_TO_MAX_TEMPLATES } from './limits.js';
import { Upload } from './scalars.js';
import { CropInput } from './search.inputs.js';
import type { PromptedLabel } from '../labelling/prompted-label.js';

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
      'of a set with an active head that is asked as it stands: without `templates`, `includeNone`, or another `multiLabel`. ' +
      'A label that competes with no other and has fewer than two acceptances or two rejections keeps what its words say.',
  })
  isLearned!: boolean;

  @Field(() => Float, {
    description:
      'Cosine of picture and label, -1 to 1. For none, that of the nearest of the everyday words that labels are judged ' +
      'against. A word counts the less against a label the more it means the same, so a label may be more probable than ' +
      'none and score less. With a model that was trained with a sigmoid, the one at which a label is at one half.',
  })
  score!: number;

  @Field(() => Float, {
    description: '0 to 1. Of competing labels, and none of them, they add up to 1, but for what negative prompts take.',
  })
  probability!: number;
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
    description: 'A set of the library, with its templates, or by what it learned; see `isLearned`.',
  })
  labelSetId?: string;

  @Field(() => [String], {
    nullable: true,
    description: `${UP_TO_MAX_TEMPLATES}; the model has its own. With all labels 50,000 at most.`,
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
