import { ArgsType, createUnionType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { enumOf, ErrorCode, LabelSource, LabelState } from './enums.js';
import type { ErrorCode as Code } from '../errors.js';
import type { Decision } from '../labelling/review-scope.js';
import { MAX_DECISIONS } from '../labelling/review.service.js';

export const LabelVerdict = enumOf(['ACCEPTED', 'REJECTED']);
registerEnumType(LabelVerdict, { name: 'LabelVerdict' });

@InputType()
export class LabelDecision implements Decision {
  @Field(() => ID)
  assetId!: string;

  @Field(() => ID)
  labelId!: string;

  @Field(() => LabelVerdict)
  state!: Decision['state'];

  @Field(() => Int, {
    nullable: true,
    description:
      'What you saw, 0 for nothing: where it is another by now, nothing is changed. Nor is where it would reject a label ' +
      'of an exclusive set that somebody else has accepted, unless the same call decides of that one too, with its ' +
      'revision. Any by default.',
  })
  expectedRevision?: number;
}

@ArgsType()
export class ReviewLabelsArgs {
  @Field(() => [LabelDecision], { description: `1 to ${MAX_DECISIONS}.` })
  decisions!: LabelDecision[];
}

@ObjectType({ simpleResolvers: true, description: 'The decision stands.' })
export class ReviewedLabel {
  @Field(() => ID)
  assetId!: string;

  @Field(() => ID)
  labelId!: string;

  @Field(() => LabelVerdict)
  state!: Decision['state'];

  @Field(() => Int)
  revision!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Somebody has changed it since you read it, or another label is in its way. Nothing was done.',
})
export class ReviewConflict {
  @Field(() => ID)
  assetId!: string;

  @Field(() => ID)
  labelId!: string;

  @Field(() => LabelState, { nullable: true, description: 'What there is now; null for nothing.' })
  currentState!: LabelState | null;

  @Field(() => LabelSource, { nullable: true })
  currentSource!: LabelSource | null;

  @Field(() => Int, { description: '0 for nothing.' })
  currentRevision!: number;

  @Field(() => ID, {
    nullable: true,
    description: 'The other label of the exclusive set that is in the way, if one is.',
  })
  otherLabelId!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'It is about what there is not. Nothing was done.' })
export class UnknownDecision {
  @Field(() => ID)
  assetId!: string;

  @Field(() => ID)
  labelId!: string;

  @Field(() => ErrorCode)
  code!: Code;

  @Field(() => String)
  message!: string;
}

export const DecisionOutcome = createUnionType({
  name: 'DecisionOutcome',
  description: 'What became of one decision.',
  types: () => [ReviewedLabel, ReviewConflict, UnknownDecision] as const,
});

@ObjectType({ simpleResolvers: true })
export class ReviewLabelsPayload {
  @Field(() => ID, { nullable: true, description: 'For `undoReview`; null where nothing was changed.' })
  batchId!: string | null;

  @Field(() => [DecisionOutcome], { description: 'In the order of the decisions.' })
  outcomes!: readonly (ReviewedLabel | ReviewConflict | UnknownDecision)[];
}
