import { ArgsType, Field, Float, ID } from 'type-graphql';
import { UP_TO_MAX_TEMPLATES } from './limits.js';

@ArgsType()
export class LabelsArgs {
  @Field(() => [ID], { description: '1 to 1,000.' })
  assetIds!: string[];

  @Field(() => [String], { description: '1 to 1,000. The same word in another case is the same label.' })
  labels!: string[];
}

@ArgsType()
export class LabelAssetsArgs extends LabelsArgs {
  @Field(() => Float, { defaultValue: 0.5, description: 'Least probability, 0 to 1.' })
  threshold!: number;

  @Field(() => [String], {
    nullable: true,
    description: `${UP_TO_MAX_TEMPLATES}; the model has its own.`,
  })
  templates?: string[];

  @Field(() => Boolean, {
    defaultValue: true,
    description: 'Each label for itself, so that any number of them may fit, instead of one out of all.',
  })
  multiLabel!: boolean;
}
