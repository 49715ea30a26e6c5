import { z } from 'zod';
import { isId } from '../id.js';

// What the lines of an archive and its manifest are made of.

export const id = z.string().refine(isId, 'expected a UUID in small letters');
export const time = z.iso.datetime().transform((text) => new Date(text));
export const count = z.int().nonnegative();
export const size = z.int().positive();
/** In hex. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const probability = z.number().min(0).max(1);
export const texts = z.array(z.string());
/** In base64. */
export const bytes = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, 'base64')));
export const fileSchema = z.strictObject({ byteSize: count, sha256 });
