/** Postgres's names for the types of schema.prisma, by scalar or by its native type. */
const POSTGRES_TYPES: Record<string, string> = {
  String: 'text',
  Boolean: 'boolean',
  Int: 'integer',
  BigInt: 'bigint',
  Float: 'double precision',
  Bytes: 'bytea',
  Json: 'jsonb',
  tsvector: 'tsvector',
  '@db.Uuid': 'uuid',
  '@db.SmallInt': 'smallint',
  '@db.Char(64)': 'character(64)',
  '@db.Timestamptz(3)': 'timestamp(3) with time zone',
};

export interface PrismaSchema {
  /** Table -> column -> its definition, such as `uuid NOT NULL` or `text[] NOT NULL DEFAULT`. */
  readonly tables: Record<string, Record<string, string>>;
  readonly enums: Record<string, string[]>;
}

/** Reads as much of the Prisma schema language as ours uses. @throws when it meets a type it does not know */
export function parsePrismaSchema(source: string): PrismaSchema {
  const blocks = [...source.matchAll(/^(model|enum) (\w+) \{\n(.*?)^\}/gms)].map(([, kind, name, body]) => ({
    kind,
    name: name!,
    lines: body!
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line && !line.startsWith('//')),
  }));
  const mapped = (lines: string[]) => /@@map\("(\w+)"\)/.exec(lines.join())![1]!;
  const enumBlocks = blocks.filter(({ kind }) => kind === 'enum');
  const enumNames = Object.fromEntries(enumBlocks.map(({ name, lines }) => [name, mapped(lines)]));
  const models = blocks.filter(({ kind }) => kind === 'model');
  const modelNames = new Set(models.map(({ name }) => name));

  const toColumn = (line: string): [string, string][] => {
    const [, field, type, suffix, attributes] = /^(\w+)\s+(\w+)(\?|\[\])?\s*(.*)$/.exec(
      line.replace(/Unsupported\("(\w+)"\)/, '$1'),
    )!;
    if (modelNames.has(type!)) return [];
    const native = /@db\.\w+(\(\d+\))?/.exec(attributes!)?.[0];
    const postgresType = enumNames[type!] ?? POSTGRES_TYPES[native ?? type!];
    if (postgresType === undefined) throw new Error(`expected a known type for ${field}, received ${native ?? type}`);
    const column = /@map\("(\w+)"\)/.exec(attributes!)?.[1] ?? field!;
    const parts = [suffix === '[]' ? `${postgresType}[]` : postgresType];
    if (suffix !== '?') parts.push('NOT NULL');
    if (attributes!.includes('@default(')) parts.push('DEFAULT');
    return [[column, parts.join(' ')]];
  };

  return {
    enums: Object.fromEntries(
      enumBlocks.map(({ lines, name }) => [enumNames[name], lines.filter((line) => !line.startsWith('@@'))]),
    ),
    tables: Object.fromEntries(
      models.map(({ lines }) => [
        mapped(lines),
        Object.fromEntries(lines.filter((line) => !line.startsWith('@@')).flatMap(toColumn)),
      ]),
    ),
  };
}
