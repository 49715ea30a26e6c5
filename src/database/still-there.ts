/**
 * The rows whose `of` is still there. Prisma reads what rows belong to by a statement of its own: where that was deleted in
 * between, with the rows themselves, it is null in them, whatever the types say.
 */
export function stillThere<Name extends string, Row extends Readonly<Record<Name, unknown>>>(
  rows: readonly Row[],
  of: Name,
): Row[] {
  return rows.filter((row) => row[of] !== null);
}
