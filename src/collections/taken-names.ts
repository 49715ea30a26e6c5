import { isUniqueViolation } from '../database/unique-violation.js';
import { expected } from '../errors.js';
import type { Refusal } from '../refusal.js';

export function nameTaken(name: string): Refusal {
  return { code: 'NAME_TAKEN', message: expected('a name that no other has, in any case', 'name', name) };
}

/** @throws the error, unless it says that another row has the name */
export function assertNameTaken(error: unknown): void {
  if (!isUniqueViolation(error)) throw error;
}
