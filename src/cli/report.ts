import { AfterimageError } from '../errors.js';

/** One line for what the user can mend; the whole stack for what only we can. */
export function reportAndExit(error: unknown): never {
  if (error instanceof AfterimageError) process.stderr.write(`afterimage: ${error.message} [${error.code}]\n`);
  else console.error(error);
  process.exit(1);
}
