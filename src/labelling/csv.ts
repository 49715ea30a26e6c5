import { AfterimageError, expected } from '../errors.js';

/** For errors: what may stand between cells. */
export const SEPARATORS = 'commas, semicolons or tabs';

const BEFORE = /^\uFEFF?(?:sep=([,;\t])?[^\r\n]*(?:\r\n?|\n))?/i;
const FIRST_CELL = /(?:"(?:[^"]|"")*"|[^",;\t\r\n]*)([,;\t])/y;
/** What a spreadsheet would compute, were it not for an apostrophe before it; with those of its own. */
const FORMULA = /^'*[=+\-@]/;
const GUARDED_FORMULA = /^'+[=+\-@]/;
const LINE_BREAK = /\r\n?|\n/g;

export interface Csv {
  /** A comma, semicolon or tab. */
  readonly separator: string;
  readonly rows: readonly CsvRow[];
}

export interface CsvRow {
  /** Where it begins in the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads CSV as RFC 4180 says it, quotes doubled within quotes, line breaks within quotes, and as spreadsheets write it: with a
 * byte order mark, and semicolons or tabs for commas, told by a line "sep=;" before all, or else by what follows the first
 * cell. Of apostrophes before what would be computed the first is left out.
 * @returns without rows of nothing but empty cells
 * @throws LABEL_SET_INVALID with the number of the line
 */
export function parseCsv(text: string): Csv {
  const [before, said] = BEFORE.exec(text)!;
  FIRST_CELL.lastIndex = before.length;
  const separator = said ?? FIRST_CELL.exec(text)?.[1] ?? ',';
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r\\n?|\\n|$)`, 'y');
  const rows: CsvRow[] = [];
  let line = 1 + breaksIn(before);
  let row = { line, cells: [] as string[] };
  for (cell.lastIndex = before.length; cell.lastIndex < text.length || row.cells.length > 0;) {
    const from = cell.lastIndex;
    const found = cell.exec(text);
    if (!found) {
      const what = 'cells in quotes where they have quotes, each of those twice,';
      throw new AfterimageError('LABEL_SET_INVALID', expected(what, `line ${line}`, text.slice(from, from + 40)));
    }
    const [whole, quoted, plain, end] = found;
    row.cells.push(unguarded(quoted === undefined ? plain! : quoted.replaceAll('""', '"')));
    line += breaksIn(whole);
    if (end === separator) continue;
    if (row.cells.some((each) => each !== '')) rows.push(row);
    row = { line, cells: [] };
  }
  return { separator, rows };
}

/**
 * Writes what `parseCsv` reads, with a byte order mark: without it a spreadsheet takes UTF-8 for something else. No cell is
 * a formula there, whatever people call a label.
 */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((row) => `${row.map((cell) => quote(guarded(cell))).join(',')}\r\n`).join('')}`;
}

function guarded(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function unguarded(cell: string): string {
  return GUARDED_FORMULA.test(cell) ? cell.slice(1) : cell;
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function breaksIn(text: string): number {
  return text.match(LINE_BREAK)?.length ?? 0;
}
