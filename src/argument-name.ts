/** Arguments that are ids, by their names. */
export type IdArguments = Readonly<Record<string, string | readonly string[]>>;

/** What an error calls an id that is one of these: the argument, as `keep`, or its first place in a list, as `ids[3]`. */
export function argumentName(args: IdArguments, id: string): string {
  for (const [name, given] of Object.entries(args)) {
    if (given === id) return name;
    const index = typeof given === 'string' ? -1 : given.indexOf(id);
    if (index >= 0) return `${name}[${index}]`;
  }
  throw new Error(`expected one of ${Object.keys(args).join(', ')}, received another id`);
}
