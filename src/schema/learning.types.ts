import { ArgsType, Extensions, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { LENGTH } from './lengths.js';
import { UserError } from './payload.types.js';
import { DateTime } from './scalars.js';
import { LabelHeadState } from '../database/generated/enums.js';

registerEnumType(LabelHeadState, {
  name: 'LabelHeadState',
  valuesConfig: {
    CANDIDATE: { description: 'Was not better than the zero-shot prior, and does not answer.' },
    ACTIVE: { description: 'Answers. Without one the zero-shot prior does.' },
    RETIRED: { description: 'Answered once, or was taught by what teaches no more.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'Of pictures that people decided of, when they were not trained on.',
})
export class Judgement {
  @Field(() => Float, { description: 'Mean log-loss of a picture: the lower, the better.' })
  logLoss!: number;

  @Field(() => Float, {
    description:
      'How often it decides as people did, 0 to 1: of an exclusive set by its first label, else label by label at 0.5.',
  })
  accuracy!: number;
}

@ObjectType({
  simpleResolvers: true,
  description:
    'What the decisions of people taught: corrections of the zero-shot prior, for the embeddings of one model.',
})
export class LabelHead {
  @Field(() => Int, { description: 'Counts from 1, by set and model.' })
  version!: number;

  @Field(() => LabelHeadState)
  state!: LabelHeadState;

  @Field(() => ID)
  modelId!: string;

  @Field(() => Int, {
    description:
      'Accepted and rejected labels of the set that there were, on pictures with an embedding of the model; of an ' +
      'exclusive set those that were accepted, but not in bulk.',
  })
  decisions!: number;

  @Field(() => Int, {
    description:
      'Pictures that it was trained on: those decided last, 5,000 at most, as far as their labels were learned.',
  })
  pictures!: number;

  @Field(() => DateTime)
  createdAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'At the threshold in force.' })
export class LabelMeasures {
  @Field(() => Float, {
    nullable: true,
    description: 'The share of those that pass that is right; null if none passes.',
  })
  precision!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'The share of the right ones that passes; null if there are none.',
  })
  recall!: number | null;

  @Field(() => Float, { nullable: true, description: 'Harmonic mean of both.' })
  f1!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'How far probabilities are from how often they come true, in the mean over ten bands, 0 to 1.',
  })
  calibrationError!: number | null;
}

@ObjectType({
  simpleResolvers: true,
  description:
    'A label that competes with no other is learned, and measured, once people have accepted it on two pictures and ' +
    'rejected it on two: either alone does not say where it ends. Until then the zero-shot prior answers for it, and ' +
    'there are counts only.',
})
export class LabelQuality {
  @Field(() => ID)
  labelId!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Int, { description: 'Pictures on which people accepted it.' })
  acceptedCount!: number;

  @Field(() => Int, {
    description: 'Pictures on which people rejected it; of an exclusive set also those with another label.',
  })
  rejectedCount!: number;

  @Field(() => Float, { description: 'That which is in force, 0 to 1.' })
  threshold!: number;

  @Field(() => LabelMeasures, { description: 'By the zero-shot prior.' })
  before!: LabelMeasures;

  @Field(() => LabelMeasures, { description: 'By heads that were not trained on the pictures.' })
  after!: LabelMeasures;

  @Field(() => Float, {
    nullable: true,
    description:
      'The least one with the wanted precision, of what answers now; null where none has it, or there is none to say.',
  })
  suggestedThreshold!: number | null;
}

@ObjectType({
  simpleResolvers: true,
  description:
    'How good the labels of a set are found, measured on the pictures that people decided of when it last learned. ' +
    'Whoever reviews the uncertain ones first measures on harder pictures than those of the library.',
})
export class LabelSetQuality {
  @Field(() => ID)
  labelSetId!: string;

  @Field(() => ID, { description: 'The active model; a set learns anew for another one.' })
  modelId!: string;

  @Field(() => LabelHead, {
    nullable: true,
    description: 'That the figures are of: the one that answers, else the newest. Null before the first training.',
  })
  head!: LabelHead | null;

  @Field(() => Boolean, { description: 'Whether it answers, and not the zero-shot prior.' })
  isActive!: boolean;

  @Field(() => Judgement, {
    nullable: true,
    description: 'Of the zero-shot prior, on labels that were learned; null if none was.',
  })
  before!: Judgement | null;

  @Field(() => Judgement, { nullable: true, description: 'Of heads that were not trained on the pictures.' })
  after!: Judgement | null;

  @Extensions({ length: LENGTH.labelsOfSet })
  @Field(() => [LabelQuality], { description: 'By name.' })
  labels!: readonly LabelQuality[];

  @Field(() => [LabelHead], { description: 'Those that are kept, the newest first.' })
  versions!: readonly LabelHead[];
}

@ArgsType()
export class LabelSetQualityArgs {
  @Field(() => ID)
  labelSetId!: string;

  @Field(() => Float, { defaultValue: 0.9, description: '0 to 1: for the suggested thresholds.' })
  wantedPrecision!: number;
}

@ObjectType({ simpleResolvers: true })
export class LabelHeadPayload {
  @Field(() => LabelHead, { nullable: true, description: 'After a rollback null also stands for the zero-shot prior.' })
  head!: LabelHead | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
