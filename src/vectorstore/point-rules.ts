import { AfterimageError, expected, type ErrorCode } from '../errors.js';
import type {
  CollectionSpec,
  Filter,
  Payload,
  PayloadFieldType,
  PayloadSchema,
  Point,
  Recommendation,
  VectorQuery,
} from './vectorstore.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FIELD_NAME = /^[A-Za-z]\w*$/;
const RESERVED_FIELDS = new Set(['id', 'vector']);
// Stores compile filters recursively: LanceDB's planner overflows the native stack, and so ends the process, on deep ones.
const MAX_FILTER_DEPTH = 24;

/** @throws INVALID_ARGUMENT when a name or the dimension of a collection is not one that every store can take */
export function assertSpec({ name, dimension, payload }: CollectionSpec): void {
  assertCollectionName(name);
  check(Number.isSafeInteger(dimension) && dimension > 0, 'INVALID_ARGUMENT', 'an integer > 0', 'dimension', dimension);
  for (const field of Object.keys(payload))
    check(
      FIELD_NAME.test(field) && !RESERVED_FIELDS.has(field),
      'INVALID_ARGUMENT',
      'letters, digits and _, not id or vector',
      'a payload field name',
      field,
    );
}

/** @throws INVALID_ARGUMENT */
export function assertCollectionName(name: string): void {
  check(/^\w[\w.-]*$/.test(name), 'INVALID_ARGUMENT', 'letters, digits, _, - and .', 'a collection name', name);
}

/** @throws TENSOR_INVALID (the vector), INVALID_ARGUMENT (the id or the payload) */
export function assertPoint({ id, vector, payload }: Point, spec: CollectionSpec): void {
  assertId(id);
  assertVector(vector, spec.dimension);
  assertPayload(payload, spec.payload);
}

/** @throws INVALID_ARGUMENT when it is not a UUID in small letters */
export function assertId(id: string): void {
  check(isId(id), 'INVALID_ARGUMENT', 'a UUID in small letters', 'id', id);
}

export function isId(id: string): boolean {
  return UUID.test(id);
}

/** @throws INVALID_ARGUMENT when a field is unknown, missing or of another type */
export function assertPayload(payload: Payload, schema: PayloadSchema): void {
  for (const field of Object.keys(payload))
    // Their names only where they are told: to join them took longer than the rest of a write.
    if (!Object.hasOwn(schema, field))
      check(false, 'INVALID_ARGUMENT', `one of ${fieldsOf(schema)}`, 'a payload field', field);
  for (const [field, type] of Object.entries(schema)) {
    const value = payload[field];
    const isValid = type === 'keywords' ? isKeywords(value) : value === null || isScalar(value, type);
    check(isValid, 'INVALID_ARGUMENT', type, `payload.${field}`, value);
  }
}

/** @throws TENSOR_INVALID (the vector), INVALID_FILTER, INVALID_ARGUMENT (limit or offset) */
export function assertQuery({ vector, ...page }: VectorQuery, spec: CollectionSpec): void {
  assertVector(vector, spec.dimension);
  assertPage(page, spec);
}

/** @throws TENSOR_INVALID (a vector), INVALID_FILTER, INVALID_ARGUMENT (limit) */
export function assertQueries(
  vectors: readonly Float32Array[],
  page: Omit<VectorQuery, 'vector' | 'offset'>,
  spec: CollectionSpec,
): void {
  for (const vector of vectors) assertVector(vector, spec.dimension);
  assertPage(page, spec);
}

/** @throws TENSOR_INVALID (a vector), INVALID_FILTER, INVALID_ARGUMENT (an id, no positive example, limit or offset) */
export function assertRecommendation({ positive, negative = [], ...page }: Recommendation, spec: CollectionSpec): void {
  check(positive.length > 0, 'INVALID_ARGUMENT', 'at least one example', 'positive', positive);
  for (const example of [...positive, ...negative])
    if (typeof example === 'string') assertId(example);
    else assertVector(example, spec.dimension);
  assertPage(page, spec);
}

function assertPage({ filter, limit, offset = 0 }: Omit<VectorQuery, 'vector'>, spec: CollectionSpec): void {
  if (filter) assertFilter(filter, spec.payload);
  check(isCount(limit), 'INVALID_ARGUMENT', 'an integer >= 0', 'limit', limit);
  check(isCount(offset), 'INVALID_ARGUMENT', 'an integer >= 0', 'offset', offset);
}

/** @throws INVALID_FILTER when a field is unknown, a condition does not fit its type, or it nests too deep */
export function assertFilter(filter: Filter, schema: PayloadSchema, depth = 0): void {
  check(depth <= MAX_FILTER_DEPTH, 'INVALID_FILTER', `at most ${MAX_FILTER_DEPTH} levels`, 'filter', depth);
  if ('and' in filter) return filter.and.forEach((part) => assertFilter(part, schema, depth + 1));
  if ('or' in filter) return filter.or.forEach((part) => assertFilter(part, schema, depth + 1));
  if ('not' in filter) return assertFilter(filter.not, schema, depth + 1);
  if ('ids' in filter) return check(isKeywords(filter.ids), 'INVALID_FILTER', 'strings', 'filter.ids', filter.ids);

  const { field } = filter;
  const type = Object.hasOwn(schema, field) ? schema[field] : undefined;
  if (!type) throw new AfterimageError('INVALID_FILTER', expected(`one of ${fieldsOf(schema)}`, 'filter.field', field));
  const reject = (what: string) => check(false, 'INVALID_FILTER', what, `filter on ${field} (${type})`, filter);
  if ('in' in filter) {
    if (type === 'keywords') reject('hasAny or hasAll');
    if (!filter.in.every((value) => isScalar(value, type))) reject(`only values of type ${type} in 'in'`);
  } else if ('hasAny' in filter || 'hasAll' in filter) {
    if (type !== 'keywords') reject('in');
    if (!isKeywords('hasAny' in filter ? filter.hasAny : filter.hasAll)) reject('only strings in hasAny or hasAll');
  } else if ('isEmpty' in filter) {
    if (type !== 'keywords') reject('in');
  } else {
    if (type !== 'number') reject(type === 'keywords' ? 'hasAny or hasAll' : 'in');
    if (![filter.gte ?? 0, filter.lte ?? 0].every(Number.isFinite)) reject('finite numbers in gte and lte');
  }
}

function assertVector(vector: Float32Array, dimension: number): void {
  const { length } = vector;
  check(length === dimension, 'TENSOR_INVALID', `${dimension} values`, 'vector', length);
  // A plain loop: with every() it took longer than writing the point.
  for (let index = 0; index < length; index++)
    if (!Number.isFinite(vector[index])) check(false, 'TENSOR_INVALID', 'finite values', 'vector', vector[index]);
}

function isScalar(value: unknown, type: PayloadFieldType): boolean {
  if (type === 'number') return Number.isFinite(value);
  return typeof value === (type === 'boolean' ? 'boolean' : 'string');
}

function isKeywords(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function fieldsOf(schema: PayloadSchema): string {
  return Object.keys(schema).join(', ') || 'no field';
}

function check(condition: boolean, code: ErrorCode, what: string, name: string, received: unknown): void {
  if (!condition) throw new AfterimageError(code, expected(what, name, received));
}
