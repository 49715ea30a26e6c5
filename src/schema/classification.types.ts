import { ArgsType, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { AssetFilterInput } from './filter.inputs.js';
import { connectionOf, edgeOf } from './connection.types.js';
import { Node } from './node.types.js';
import { UserError } from './payload.types.js';
import { DateTime } from './scalars.js';
import { ClassificationState } from '../database/generated/enums.js';

registerEnumType(ClassificationState, {
  name: 'ClassificationState',
  valuesConfig: { CANCELLED: { description: 'What it had suggested by then is there.' } },
});

@ObjectType({ simpleResolvers: true, description: 'Assets for which a label came out with about that probability.' })
export class ProbabilityBand {
  @Field(() => Float)
  min!: number;

  @Field(() => Float)
  max!: number;

  @Field(() => Int)
  count!: number;

  exampleIds!: readonly string[];
}

@ObjectType({ simpleResolvers: true, description: 'What came out for one label.' })
export class ClassificationLabel {
  @Field(() => ID)
  labelId!: string;

  @Field(() => String, { description: 'As it was called when it began.' })
  name!: string;

  @Field(() => Float, { description: 'Least probability, 0 to 1.' })
  threshold!: number;

  @Field(() => Int, { description: 'Assets that passed, whatever people have decided of them.' })
  passed!: number;

  @Field(() => [ProbabilityBand], {
    description: 'Ten tenths, the least first. Of an exclusive set each asset is counted for its surest label only.',
  })
  bands!: ProbabilityBand[];
}

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: 'A set tried on all assets that meet a filter. It goes on by itself, also after a restart.',
})
export class Classification implements Node {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  labelSetId!: string;

  @Field(() => ClassificationState)
  state!: ClassificationState;

  @Field(() => Boolean, { description: 'Whether it counts only, and suggests nothing.' })
  isDryRun!: boolean;

  @Field(() => Boolean, {
    description:
      'Whether an automatic set began it by itself, because it had learned or what it had learned was taken back.',
  })
  isAutomatic!: boolean;

  @Field(() => Float, { nullable: true, description: 'Instead of those of the set and its labels.' })
  threshold!: number | null;

  @Field(() => ID)
  modelId!: string;

  @Field(() => Int, { description: 'Assets that met the filter when it was asked for.' })
  total!: number;

  @Field(() => Int)
  processed!: number;

  @Field(() => Int, { description: 'Of the processed ones, those without an embedding.' })
  notReady!: number;

  @Field(() => Int, { description: 'Suggestions that there are now; none in a dry run.' })
  suggested!: number;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  finishedAt!: Date | null;
}

@ArgsType()
export class ClassifyAssetsArgs {
  @Field(() => ID)
  labelSetId!: string;

  @Field(() => AssetFilterInput, { nullable: true, description: 'All assets outside the trash by default.' })
  filter?: AssetFilterInput;

  @Field(() => Float, { nullable: true, description: '0 to 1, instead of those of the set and its labels.' })
  threshold?: number;

  @Field(() => Boolean, { defaultValue: false, description: 'Counts only, and suggests nothing.' })
  dryRun!: boolean;
}

@ObjectType({ simpleResolvers: true })
export class ClassificationPayload {
  @Field(() => Classification, { nullable: true })
  classification!: Classification | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true })
export class ClassificationEdge extends edgeOf(Classification) {}

@ObjectType({ simpleResolvers: true })
export class ClassificationConnection extends connectionOf(ClassificationEdge, 'The latest first.') {}
