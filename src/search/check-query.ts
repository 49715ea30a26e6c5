import { composed } from '../composed.js';
import { AfterimageError, expected } from '../errors.js';

const MAX_QUERY_LENGTH = 1_000;

/** @param name of the argument @returns the text composed (NFC), without blanks around it @throws INVALID_ARGUMENT */
export function checkQuery(query: string, name = 'query'): string {
  const text = composed(query).trim();
  if (text.length === 0 || text.length > MAX_QUERY_LENGTH)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`1 to ${MAX_QUERY_LENGTH} characters`, name, query));
  return text;
}
