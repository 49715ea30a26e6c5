import { z } from 'zod';

/** What is wrong with one setting, in the form of the issues of zod. */
export interface SettingProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** The settings by name, as they were given. */
export type GivenSettings = Readonly<Record<string, string | undefined>>;

export function integer(min: number, max: number) {
  return z.coerce.number().int().min(min).max(max);
}

/** The name of a setting that others need and that is not set: of what is missing, so that no secret is shown. */
export function missing(given: GivenSettings, name: string, neededBy: readonly string[]): SettingProblem[] {
  const set = neededBy.filter((other) => given[other] !== undefined);
  if (given[name] !== undefined || set.length === 0) return [];
  return [{ path: [name], message: `expected beside ${set.join(', ')}` }];
}
