import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { LabelSource, LabelState } from './enums.js';
import { Label } from './label-set.types.js';
import { DateTime } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'A label on an asset, and who gave it.' })
export class LabelAssignment {
  @Field(() => ID, { description: 'Of this label on this asset, for the cache of a client. No query takes it.' })
  id!: string;

  @Field(() => Label)
  label!: Label;

  @Field(() => ID)
  labelId!: string;

  @Field(() => ID, { nullable: true, description: 'Null for a label of no set.' })
  labelSetId!: string | null;

  @Field(() => String)
  name!: string;

  @Field(() => LabelSource)
  source!: LabelSource;

  @Field(() => LabelState)
  state!: LabelState;

  @Field(() => Float, {
    nullable: true,
    description: '0 to 1, of the last model that was asked; null where a person decided without one.',
  })
  probability!: number | null;

  @Field(() => String, { nullable: true })
  modelId!: string | null;

  @Field(() => Int, { description: 'For a decision to expect: one more with each change.' })
  revision!: number;

  @Field(() => DateTime)
  updatedAt!: Date;
}
