import { ArgsType, Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { enumOf } from './enums.js';
import { AssetFilterInput } from './filter.inputs.js';
import { FACET_FIELDS, type FacetField as FieldName } from '../assets/facets.sql.js';
import { DEFAULT_FIRST, MAX_FIRST } from '../pagination.js';

export const FacetField = enumOf(FACET_FIELDS);
registerEnumType(FacetField, {
  name: 'FacetField',
  description: `What assets are counted by. A filter takes the values as they are, but for RATING, a number there ("3" is 3), FAVOURITE, a
Boolean ("false" is false), and YEAR and MONTH, for which it has ranges of dates.`,
  valuesConfig: {
    TAG: { description: 'Spellings that differ in their case are values of their own.' },
    LABEL: { description: 'Suggested or accepted. Spellings that differ in their case are one value.' },
    CAMERA_MAKE: { description: 'Spellings that differ in their case are one value.' },
    YEAR: { description: 'Of capture, UTC: "2024".' },
    MONTH: { description: 'Of capture, UTC: "2024-06".' },
    UPLOADED_BY: { description: 'The id of an API key.' },
  },
});

@ObjectType({ simpleResolvers: true })
export class FacetValue {
  @Field(() => String)
  value!: string;

  @Field(() => Int, { description: 'Assets that have it. Exact.' })
  count!: number;
}

@ObjectType({ simpleResolvers: true, description: 'What the assets that meet a filter have of one field.' })
export class Facet {
  @Field(() => FacetField)
  field!: FieldName;

  @Field(() => Int, {
    description:
      'How many different values there are, shown or not; of those that are `containing` a text, where one is given.',
  })
  totalValues!: number;

  @Field(() => [FacetValue], { description: 'The most common first, ties by value.' })
  values!: readonly FacetValue[];
}

@ArgsType()
export class FacetsArgs {
  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;

  @Field(() => [FacetField], { description: 'Each is in the answer once, in this order.' })
  of!: FieldName[];

  @Field(() => Int, {
    nullable: true,
    description: `Values of each field: ${DEFAULT_FIRST} by default, ${MAX_FIRST} at most.`,
  })
  first?: number;

  @Field(() => String, {
    nullable: true,
    description:
      'Only values that have this text in them, in any case, with or without accents, as for a field in which somebody types ' +
      'a tag; `totalValues` counts those.',
  })
  containing?: string;
}
