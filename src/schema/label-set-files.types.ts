import { ArgsType, Extensions, Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { enumOf } from './enums.js';
import { Label } from './label-set.types.js';
import { LENGTH } from './lengths.js';
import { LABEL_SET_FORMATS, type LabelSetFormat as Format } from '../labelling/label-set-files.js';
import { READY_MADE_SETS, type ReadyMadeSet } from '../labelling/ready-made-sets.js';

export const LabelSetFormat = enumOf(LABEL_SET_FORMATS);
registerEnumType(LabelSetFormat, {
  name: 'LabelSetFormat',
  valuesConfig: {
    CSV: {
      description:
        'RFC 4180, the labels only: name, description, synonyms, parent, colour, threshold, prompts, negativePrompts. ' +
        'Lists are a line each within their cell. It is written with commas and a byte order mark, which spreadsheets need; ' +
        'it is read also with semicolons or tabs, and then with a comma in numbers too. Before what a spreadsheet would compute there is an apostrophe, which is read as none.',
    },
  },
});

export const ReadyMadeLabelSet = enumOf(Object.keys(READY_MADE_SETS) as ReadyMadeSet[]);
registerEnumType(ReadyMadeLabelSet, {
  name: 'ReadyMadeLabelSet',
  valuesConfig: {
    SUBJECTS: { description: READY_MADE_SETS.SUBJECTS.description },
    SCENES: { description: READY_MADE_SETS.SCENES.description },
    SHOT_TYPES: { description: READY_MADE_SETS.SHOT_TYPES.description },
  },
});

@ArgsType()
export class ImportLabelSetArgs {
  @Field(() => LabelSetFormat)
  format!: Format;

  @Field(() => String, {
    description:
      'The file, up to 5,000,000 characters, as far as a request may hold them: its body has 10 MiB at most.',
  })
  content!: string;

  @Field(() => String, { nullable: true, description: 'Instead of that of the file; CSV has none.' })
  name?: string;

  @Field(() => Boolean, { nullable: true, description: 'Instead of what the file says; CSV says nothing.' })
  isExclusive?: boolean;
}

@ObjectType({
  simpleResolvers: true,
  description: 'What became of a model’s suggestions of a label, and of those that were merged into it.',
})
export class LabelAgreement {
  @Field(() => Label)
  label!: Label;

  @Field(() => Int, { description: 'Suggestions that nobody has decided of, but for those in the trash.' })
  open!: number;

  @Field(() => Int, { description: 'Suggestions that people accepted.' })
  accepted!: number;

  @Field(() => Int, { description: 'Suggestions that people rejected.' })
  rejected!: number;

  @Field(() => Float, { nullable: true, description: 'Accepted of those decided, 0 to 1; null where none is.' })
  agreement!: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'How often one label was suggested and another accepted.' })
export class LabelConfusion {
  @Field(() => Label)
  suggested!: Label;

  @Field(() => Label, { nullable: true, description: 'Null where none of the set was.' })
  accepted!: Label | null;

  @Field(() => Int)
  count!: number;
}

@ObjectType({ simpleResolvers: true, description: 'How far people agree with what models suggested.' })
export class LabelSetAgreement {
  @Extensions({ length: LENGTH.labelsOfSet })
  @Field(() => [LabelAgreement], { description: 'By name.' })
  labels!: LabelAgreement[];

  @Extensions({ length: LENGTH.labelsOfSet })
  @Field(() => [LabelConfusion], { description: 'Of an exclusive set, the most common first; else none.' })
  confusion!: readonly LabelConfusion[];
}
