import { z } from 'zod';

/** What is wrong with one setting, in the form of the issues of zod. */
export interface SettingProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** The settings by name, as they were given. */
export type GivenSettings = Readonly<Record<string, string | undefined>>;

export function integer(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z.coerce
    .number(message)
    .refine((number) => Number.isInteger(number) && number >= min && number <= max, message);
}

/** An origin as browsers send it, in small letters and without the port that its scheme has by itself. */
export const origin = z
  .string()
  .refine(
    (text) => /^[a-z][a-z\d+.-]*:\/\/[^/?#@*]+\/?$/i.test(text) && URL.canParse(text),
    'expected an origin such as https://gallery.example',
  )
  .transform((text) => new URL(text).href.replace(/\/$/, ''));

/** The name of a setting that others need and that is not set: of what is missing, so that no secret is shown. */
export function missing(given: GivenSettings, name: string, neededBy: readonly string[]): SettingProblem[] {
  const set = neededBy.filter((other) => given[other] !== undefined);
  if (given[name] !== undefined || set.length === 0) return [];
  return [{ path: [name], message: `expected beside ${set.join(', ')}` }];
}
