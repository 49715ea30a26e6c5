import { ArgsType, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageArgs } from './asset.inputs.js';
import { connectionOf, edgeOf } from './connection.types.js';
import { LabelSource, LabelState } from './enums.js';
import { DateTime } from './scalars.js';
import { LabelBatchKind } from '../database/generated/enums.js';

registerEnumType(LabelBatchKind, { name: 'LabelBatchKind', description: 'How a change of labels came about.' });

@ObjectType({ simpleResolvers: true, description: 'One change of one label on an asset.' })
export class LabelEvent {
  @Field(() => LabelBatchKind)
  kind!: LabelBatchKind;

  @Field(() => ID)
  batchId!: string;

  @Field(() => ID, { description: 'Of a label that may be gone.' })
  labelId!: string;

  @Field(() => String, { description: 'As it was called then.' })
  labelName!: string;

  @Field(() => LabelState, { nullable: true, description: 'Null for nothing.' })
  fromState!: LabelState | null;

  @Field(() => LabelState, { nullable: true, description: 'Null for nothing.' })
  state!: LabelState | null;

  @Field(() => LabelSource, { nullable: true })
  source!: LabelSource | null;

  @Field(() => Float, { nullable: true, description: '0 to 1, of the last model that was asked.' })
  probability!: number | null;

  @Field(() => ID, { nullable: true })
  modelId!: string | null;

  @Field(() => Int)
  revision!: number;

  @Field(() => ID, {
    nullable: true,
    description:
      'The key of who did it, or asked a model to; null without keys, and for what an automatic set suggested.',
  })
  byId!: string | null;

  @Field(() => DateTime)
  at!: Date;
}

@ObjectType({ simpleResolvers: true })
export class LabelEventEdge extends edgeOf(LabelEvent) {}

@ArgsType()
export class LabelHistoryArgs extends PageArgs {
  @Field(() => ID)
  assetId!: string;
}

@ObjectType({ simpleResolvers: true })
export class LabelHistoryConnection extends connectionOf(LabelEventEdge, 'The latest first.') {}
