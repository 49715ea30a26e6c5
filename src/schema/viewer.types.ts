import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Role } from './enums.js';
import { DateTime, SafeInt } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'An API key; its secret is told once, to who makes it.' })
export class ApiKey {
  @Field(() => ID, {
    description:
      'As a filter by `uploadedBy` takes it, an asset says who uploaded it, and the history of labels who decided.',
  })
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Role)
  role!: Role;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'To the minute; null for one that was never used.' })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Null for one that is in use.' })
  revokedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'What is refused beyond, whatever the role may upload.' })
export class UploadLimits {
  @Field(() => SafeInt, { description: 'Of a file.' })
  maxBytes!: number;

  @Field(() => SafeInt, { description: 'Of a picture.' })
  maxPixels!: number;

  @Field(() => Int, { description: 'Of a request; one below EDITOR, for the picture of a question.' })
  maxFiles!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Who asks.' })
export class Viewer {
  @Field(() => Role)
  role!: Role;

  @Field(() => ApiKey, {
    nullable: true,
    description: 'Null for who is let in without one, on the machine of the server.',
  })
  key!: ApiKey | null;

  @Field(() => String, { description: 'The name of the library that is asked.' })
  library!: string;

  @Field(() => UploadLimits)
  uploadLimits!: UploadLimits;
}
