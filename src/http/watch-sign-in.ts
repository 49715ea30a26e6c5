import type { Credentials, SignIn } from '../access/sign-in.js';
import { AfterimageError } from '../errors.js';

const INTERVAL_MS = 60_000;

/**
 * Looks once a minute whether a client that stays connected, or goes on sending, would still be let in: its key may be revoked meanwhile.
 * @returns what ends it
 */
export function watchSignIn(
  signIn: SignIn,
  credentials: Credentials,
  onRefused: (refusal: AfterimageError) => void,
): () => void {
  const timer = setInterval(() => {
    signIn.viewerOf(credentials).catch((error: unknown) => isRefusal(error) && onRefused(error));
  }, INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

/** A database that does not answer refuses nobody. */
export function isRefusal(error: unknown): error is AfterimageError {
  return error instanceof AfterimageError && error.code === 'UNAUTHENTICATED';
}
