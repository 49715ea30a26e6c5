import { AfterimageError } from '../errors.js';

/**
 * Reads CSV as RFC 4180 says it: commas, quotes doubled within quotes, line breaks within quotes. A byte order mark and
 * lines that end in a line feed alone are taken too, as spreadsheets write them.
 * @returns the cells, line by line; lines that are empty are left out
 * @throws LABEL_SET_INVALID with the number of the line
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row: string[] = [];
  for (cell.lastIndex = text.startsWith('\uFEFF') ? 1 : 0; cell.lastIndex < text.length || row.length > 0;) {
    const from = cell.lastIndex;
    const found = cell.exec(text);
    if (!found) {
      const line = text.slice(0, from).split('\n').length;
      throw new AfterimageError('LABEL_SET_INVALID', `expected cells of CSV, received something else in line ${line}`);
    }
    const [, quoted, plain, end] = found;
    row.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (row.some((each) => each !== '')) rows.push(row);
    row = [];
  }
  return rows;
}

/** Writes what `parseCsv` reads. */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(quote).join(',')}\r\n`).join('');
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
