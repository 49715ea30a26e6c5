import type pg from 'pg';
import type { Statement } from './statements.js';

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Node[];
}

/** How Postgres did a statement. */
export interface Plan {
  /** Such as "Sort", "Index Scan on asset_tags_idx", "Seq Scan on asset"; what is done last comes first. */
  readonly steps: readonly string[];
  /** Of 8 KiB, read from the cache or the disk, as often as they were. */
  readonly pages: number;
  readonly rows: number;
}

/** Runs a statement, planned for its values as the driver has it done. */
export async function explain(pool: pg.Pool, { text, values }: Statement): Promise<Plan> {
  const sql = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`;
  const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(sql, [...values]);
  const { Plan } = rows[0]!['QUERY PLAN'][0];
  const nodes = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
  return {
    steps: nodes(Plan).map((node) => {
      const source = node['Index Name'] ?? node['Relation Name'];
      return source === undefined ? node['Node Type'] : `${node['Node Type']} on ${source}`;
    }),
    pages: Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'],
    rows: Plan['Actual Rows'],
  };
}
