// LanceDB is CommonJS and tells Arrow objects by their class: the ES module of Arrow has other classes of the same names.
import arrow = require('apache-arrow');
import type { AddColumnsSql } from '@lancedb/lancedb';
import type { CollectionSpec, Payload, PayloadFieldType, PayloadSchema, Point } from './vectorstore.js';

type Change = Pick<Point, 'id' | 'payload'>;

/** Columns of a collection's table: `id`, `vector`, then one a payload field. */
export function schemaOf({ dimension, payload }: CollectionSpec): arrow.Schema {
  return new arrow.Schema([idField(), vectorField(dimension), ...payloadFields(payload)]);
}

/** What `schemaOf` was given, read back from a table. Null for a table that it did not make. */
export function specOf(schema: arrow.Schema): Pick<CollectionSpec, 'dimension' | 'payload'> | null {
  const [id, vector, ...rest] = schema.fields;
  if (id?.name !== 'id' || vector?.name !== 'vector' || !arrow.DataType.isFixedSizeList(vector.type)) return null;
  const payload: Record<string, PayloadFieldType> = {};
  for (const { name, type } of rest) {
    if (arrow.DataType.isUtf8(type)) payload[name] = 'keyword';
    else if (arrow.DataType.isList(type)) payload[name] = 'keywords';
    else if (arrow.DataType.isFloat(type)) payload[name] = 'number';
    else if (arrow.DataType.isInt(type)) payload[name] = 'boolean';
    else return null;
  }
  return { dimension: vector.type.listSize, payload };
}

/** Columns for what a table lacks, with nothing in them. An empty list, because a null one meets no condition at all. */
export function newColumns(payload: PayloadSchema): AddColumnsSql[] {
  return payloadFields(payload).map(({ name, type }) => ({
    name,
    valueSql: arrow.DataType.isList(type)
      ? "arrow_cast(make_array(), 'List(Utf8)')"
      : `arrow_cast(NULL, '${String(type)}')`,
  }));
}

export function pointsToTable(points: readonly Point[], { dimension, payload }: CollectionSpec): arrow.Table {
  const values = new Float32Array(points.length * dimension);
  points.forEach(({ vector }, index) => values.set(vector, index * dimension));
  const field = vectorField(dimension);
  const child = arrow.makeData({ type: new arrow.Float32(), data: values });
  const vectors = arrow.makeData({ type: field.type, length: points.length, nullCount: 0, child });
  const columns = [idColumn(points), { field, data: vectors as arrow.Data }, ...payloadColumns(points, payload)];
  return tableOf(columns, points.length);
}

export function changesToTable(changes: readonly Change[], payload: PayloadSchema): arrow.Table {
  return tableOf([idColumn(changes), ...payloadColumns(changes, payload)], changes.length);
}

export function tableToPoints(table: arrow.Table, payload: PayloadSchema): Point[] {
  if (table.numRows === 0) return [];
  const ids = idsOf(table);
  const vectors = vectorsOf(table);
  const fields = Object.entries(payload).map(([name, type]) => ({ name, values: fromColumn(table, name, type) }));
  return ids.map((id, row) => ({
    id,
    vector: vectors[row]!,
    payload: Object.fromEntries(fields.map(({ name, values }) => [name, values[row]!])),
  }));
}

export function idsOf(table: arrow.Table): string[] {
  return table.numRows === 0 ? [] : [...(table.getChild('id') as arrow.Vector<arrow.Utf8>)].map(String);
}

export function vectorsOf(table: arrow.Table): Float32Array[] {
  if (table.numRows === 0) return [];
  const vectors = [...table.getChild('vector')!] as arrow.Vector<arrow.Float32>[];
  // A copy: the original is a view that keeps the whole answer in memory.
  return vectors.map((vector) => vector.toArray().slice());
}

interface Column {
  readonly field: arrow.Field;
  readonly data: arrow.Data;
}

function tableOf(columns: readonly Column[], length: number): arrow.Table {
  const schema = new arrow.Schema(columns.map(({ field }) => field));
  const children = columns.map(({ data }) => data);
  const rows = arrow.makeData({ type: new arrow.Struct(schema.fields), length, nullCount: 0, children });
  return new arrow.Table(schema, new arrow.RecordBatch(schema, rows));
}

function idColumn(rows: readonly { readonly id: string }[]): Column {
  return columnOf(
    idField(),
    rows.map(({ id }) => id),
  );
}

function payloadColumns(rows: readonly Change[], payload: PayloadSchema): Column[] {
  return payloadFields(payload).map((field) =>
    columnOf(
      field,
      rows.map((row) => toColumn(row.payload[field.name])),
    ),
  );
}

function columnOf(field: arrow.Field, values: readonly unknown[]): Column {
  return { field, data: arrow.vectorFromArray(values, field.type).data[0]! };
}

function toColumn(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}

function fromColumn(table: arrow.Table, name: string, type: PayloadFieldType): readonly Payload[string][] {
  const column = table.getChild(name)!;
  if (type === 'keywords') return column.data.flatMap((chunk) => listsOf(chunk as arrow.Data<arrow.List<arrow.Utf8>>));
  const values = [...column] as (string | number | null)[];
  if (type === 'boolean') return values.map((value) => (value === null ? null : Boolean(value)));
  return type === 'keyword' ? shared(values) : values;
}

/** All texts at once: Arrow makes a vector of each list, which takes ten times as long. */
function listsOf({ length, valueOffsets, children: [texts] }: arrow.Data<arrow.List<arrow.Utf8>>): string[][] {
  // Those of a slice lie anywhere among the texts of the whole.
  const [first, end] = [valueOffsets[0]!, valueOffsets[length]!];
  const all = shared([...new arrow.Vector([texts!.slice(first, end - first)])] as string[]);
  return Array.from({ length }, (_, row) => all.slice(valueOffsets[row]! - first, valueOffsets[row + 1]! - first));
}

/** The same, equal ones in one place: a table has few different ones, and whoever keeps its points keeps them all. */
function shared<Value>(values: readonly Value[]): Value[] {
  const known = new Map<Value, Value>();
  return values.map((value) => {
    if (!known.has(value)) known.set(value, value);
    return known.get(value)!;
  });
}

function idField(): arrow.Field {
  return new arrow.Field('id', new arrow.Utf8(), false);
}

function vectorField(dimension: number): arrow.Field<arrow.FixedSizeList> {
  const item = new arrow.Field('item', new arrow.Float32(), true);
  return new arrow.Field('vector', new arrow.FixedSizeList(dimension, item), false);
}

function payloadFields(payload: PayloadSchema): arrow.Field[] {
  return Object.entries(payload).map(([name, type]) => new arrow.Field(name, ARROW_TYPES[type](), true));
}

const ARROW_TYPES: Record<PayloadFieldType, () => arrow.DataType> = {
  keyword: () => new arrow.Utf8(),
  keywords: () => new arrow.List(new arrow.Field('item', new arrow.Utf8(), true)),
  number: () => new arrow.Float64(),
  // 1 or 0: of a Bool column that is all null Arrow writes no values, and LanceDB fails to read that.
  boolean: () => new arrow.Int8(),
};
