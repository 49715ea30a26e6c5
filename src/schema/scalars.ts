import GraphQLUploadScalar from 'graphql-upload/GraphQLUpload.mjs';
import type { GraphQLScalarType } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSONObject, GraphQLSafeInt } from 'graphql-scalars';

export const DateTime: GraphQLScalarType = GraphQLDateTimeISO;
/** Whole numbers that a Float holds exactly: sizes in bytes pass 32 bits. */
export const SafeInt: GraphQLScalarType = GraphQLSafeInt;
export const JSONObject: GraphQLScalarType = GraphQLJSONObject;
export const Upload: GraphQLScalarType = GraphQLUploadScalar;
