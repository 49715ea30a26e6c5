import { z } from 'zod';
import { isId } from '../id.js';
import { STORABLE, storable } from '../storable-text.js';

// What the lines of an archive and its manifest are made of.

export const id = z.string().refine(isId, 'expected a UUID in small letters');
/** Since there are clocks in computers: Postgres takes no year 0. */
export const time = z.iso
  .datetime()
  .transform((given) => new Date(given))
  .refine((date) => date.getTime() >= 0, 'expected a time since 1970');
export const count = z.int().nonnegative();
export const size = z.int().positive();
/** In hex. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const probability = z.number().min(0).max(1);
export const text = z.string().refine((given) => given === storable(given), `expected ${STORABLE}`);
export const texts = z.array(text);
/** In base64. */
export const bytes = z.base64().transform((given) => Uint8Array.from(Buffer.from(given, 'base64')));
export const fileSchema = z.strictObject({ byteSize: count, sha256 });
