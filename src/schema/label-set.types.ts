import { ArgsType, Extensions, Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { LENGTH } from './lengths.js';
import { LABEL_DESCRIPTION_LIMIT, UP_TO_MAX_TEMPLATES } from './limits.js';
import { Node } from './node.types.js';
import { UserError } from './payload.types.js';
import { DateTime } from './scalars.js';
import type { LabelFields } from '../labelling/label-rows.js';
import type { LabelSetFields } from '../labelling/label-sets.service.js';

const AUTOMATIC =
  'Whether its labels are suggested for each picture that comes in, once it is READY, with what the set has learned by then, and for ' +
  'all of the library anew, as by `classifyAssets`, each time that it has learned.';

@ObjectType({ simpleResolvers: true, description: 'A word that assets can be labelled with.' })
export class Label {
  @Field(() => ID)
  id!: string;

  @Field(() => ID, { nullable: true, description: 'Null for one that was made by giving it to an asset.' })
  labelSetId!: string | null;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => [String], {
    description:
      'Other words for the same: a model is asked for them too, and a search by words finds what has the label accepted.',
  })
  synonyms!: readonly string[];

  @Field(() => ID, { nullable: true, description: 'A label of the same set that it is a kind of.' })
  parentId!: string | null;

  @Field(() => String, { nullable: true, description: '"#rrggbb".' })
  colour!: string | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Least probability of a suggestion, 0 to 1; that of the set where it is null.',
  })
  threshold!: number | null;

  @Field(() => [String], {
    description: 'What a model is asked for, instead of the templates; {} stands for the name.',
  })
  prompts!: readonly string[];

  @Field(() => [String], { description: 'What looks like it, and is not.' })
  negativePrompts!: readonly string[];

  @Field(() => DateTime)
  updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true, implements: Node, description: 'Labels that belong together.' })
export class LabelSet implements Node {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => Boolean, { description: 'Whether an asset has one of them at most. A model then chooses among them.' })
  isExclusive!: boolean;

  @Field(() => Boolean, { description: AUTOMATIC })
  isAutomatic!: boolean;

  @Field(() => [String], { description: 'Prompts with {} in place of the label; the model has its own.' })
  templates!: readonly string[];

  @Field(() => Float, { description: 'Least probability of a suggestion, 0 to 1.' })
  threshold!: number;

  @Extensions({ length: LENGTH.labelsOfSet })
  @Field(() => [Label], { description: 'By name.' })
  labels!: readonly Label[];

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}

@InputType()
export class LabelPatch implements Partial<LabelFields> {
  @Field(() => String, {
    nullable: true,
    description:
      '1 to 200 characters. The label stays the same, with its assignments and history. Of more than 1,000 assets that have it, the rest are ' +
      'found by the new name a little later, after jobs of the kind REFRESH_LABEL.',
  })
  name?: string;

  @Field(() => String, { nullable: true, description: LABEL_DESCRIPTION_LIMIT })
  description?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Up to 50. Of more than 1,000 assets that have the label, the rest are found by the new words a little later, after ' +
      'jobs of the kind REFRESH_LABEL.',
  })
  synonyms?: string[] | null;

  @Field(() => String, { nullable: true, description: 'The name of another label of the set.' })
  parent?: string | null;

  @Field(() => String, { nullable: true, description: '"#rrggbb".' })
  colour?: string | null;

  @Field(() => Float, { nullable: true, description: '0 to 1; null for that of the set.' })
  threshold?: number | null;

  @Field(() => [String], { nullable: true, description: 'Up to 50 of 1 to 300 characters; {} stands for the name.' })
  prompts?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'What looks like it, and is not: up to 50 of 1 to 300 characters.',
  })
  negativePrompts?: string[] | null;
}

@InputType()
export class LabelInput implements LabelFields {
  @Field(() => String, { description: '1 to 200 characters. The same word in another case is the same label.' })
  name!: string;

  @Field(() => String, { nullable: true, description: LABEL_DESCRIPTION_LIMIT })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'Up to 50.' })
  synonyms?: string[] | null;

  @Field(() => String, { nullable: true, description: 'The name of another label of the set, or of this very list.' })
  parent?: string | null;

  @Field(() => String, { nullable: true, description: '"#rrggbb".' })
  colour?: string | null;

  @Field(() => Float, { nullable: true, description: '0 to 1; that of the set by default.' })
  threshold?: number | null;

  @Field(() => [String], { nullable: true, description: 'Up to 50 of 1 to 300 characters; {} stands for the name.' })
  prompts?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'What looks like it, and is not: up to 50 of 1 to 300 characters.',
  })
  negativePrompts?: string[] | null;
}

@InputType({ description: 'A field left out stays as it is.' })
export class LabelSetPatch implements LabelSetFields {
  @Field(() => String, { nullable: true, description: '1 to 200 characters.' })
  name?: string;

  @Field(() => String, { nullable: true, description: LABEL_DESCRIPTION_LIMIT })
  description?: string | null;

  @Field(() => Boolean, { nullable: true })
  isExclusive?: boolean;

  @Field(() => Boolean, { nullable: true, description: AUTOMATIC })
  isAutomatic?: boolean;

  @Field(() => [String], {
    nullable: true,
    description: `${UP_TO_MAX_TEMPLATES}; none for those of the model.`,
  })
  templates?: string[];

  @Field(() => Float, { nullable: true, description: '0 to 1.' })
  threshold?: number;
}

@InputType()
export class LabelSetInput implements LabelSetFields {
  @Field(() => String, { description: '1 to 200 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: LABEL_DESCRIPTION_LIMIT })
  description?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether an asset has one of its labels at most. One is suggested for what fits none, too: give such a set a label ' +
      'for all else, such as "something else", with the prompts "a photo", "a picture" and "an image".',
  })
  isExclusive!: boolean;

  @Field(() => Boolean, { defaultValue: false, description: AUTOMATIC })
  isAutomatic!: boolean;

  @Field(() => [String], {
    nullable: true,
    description: `${UP_TO_MAX_TEMPLATES}; the model has its own.`,
  })
  templates?: string[];

  @Field(() => Float, { defaultValue: 0.5, description: 'Least probability of a suggestion, 0 to 1.' })
  threshold!: number;

  @Field(() => [LabelInput], { defaultValue: [], description: 'Up to 1,000.' })
  labels!: LabelInput[];
}

@ArgsType()
export class MergeLabelsArgs {
  @Field(() => [ID], { description: '1 to 1,000, of one set.' })
  ids!: string[];

  @Field(() => ID, { description: 'The label of the same set that is left.' })
  intoId!: string;
}

@ObjectType({ simpleResolvers: true, description: 'All was done, or nothing and why.' })
export class LabelSetPayload {
  @Field(() => LabelSet, { nullable: true })
  labelSet!: LabelSet | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'All was done, or nothing and why.' })
export class LabelPayload {
  @Field(() => Label, { nullable: true })
  label!: Label | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'All was done, or nothing and why.' })
export class DeleteLabelsPayload {
  @Field(() => [ID])
  deletedIds!: string[];

  @Field(() => [UserError])
  userErrors!: UserError[];
}
