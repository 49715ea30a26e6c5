import type { PayloadSchema } from './vectorstore.js';

/**
 * The fields that a collection lacks of those that it ought to have.
 * @returns none where it has others, or one of another type: that is another collection, and not one to be extended
 */
export function addedFields(wanted: PayloadSchema, found: PayloadSchema): PayloadSchema {
  const isPart = Object.entries(found).every(([field, type]) => wanted[field] === type);
  return isPart ? Object.fromEntries(Object.entries(wanted).filter(([field]) => !Object.hasOwn(found, field))) : {};
}
