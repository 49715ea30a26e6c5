import { AfterimageError } from '../errors.js';
import { awayPart, causeOf } from '../outages.js';

/** One line for what the user can mend; the whole stack for what only we can. */
export function reportAndExit(error: unknown): never {
  if (error instanceof AfterimageError) {
    const reason = awayPart(error) ? causeOf(error) : error.message;
    process.stderr.write(`afterimage: ${reason} [${error.code}]\n`);
  } else console.error(error);
  process.exit(1);
}
