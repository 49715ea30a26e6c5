import { Field, ID, Int, ObjectType } from 'type-graphql';
import { ErrorCode, ModelState } from './enums.js';
import { UserError } from './payload.types.js';
import { DateTime } from './scalars.js';
import type { ErrorCode as Code } from '../errors.js';

@ObjectType({ simpleResolvers: true, description: 'A model that the installation has embeddings of.' })
export class Model {
  @Field(() => ID)
  id!: string;

  @Field(() => ModelState)
  state!: ModelState;

  @Field(() => Int, { nullable: true, description: 'Length of its embeddings.' })
  dimension!: number | null;

  @Field(() => Int, { description: 'READY assets of all libraries.' })
  total!: number;

  @Field(() => Int, { description: 'Of those, the ones with an embedding.' })
  done!: number;

  @Field(() => Int, { description: 'Of those, the ones that cannot have one; a change is completed without them.' })
  failed!: number;

  @Field(() => DateTime, { description: 'When its first embeddings began to be made.' })
  startedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Null while there may be assets without an embedding.' })
  completedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it last became the active one.' })
  activatedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'Why an asset has no embedding of a model.' })
export class EmbeddingFailure {
  @Field(() => ID)
  assetId!: string;

  @Field(() => ErrorCode)
  code!: Code;

  @Field(() => String)
  message!: string;
}

@ObjectType({ simpleResolvers: true })
export class ModelPayload {
  @Field(() => Model, { nullable: true })
  model!: Model | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
