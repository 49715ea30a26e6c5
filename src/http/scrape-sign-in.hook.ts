import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { credentialsOf } from './credentials.js';
import { isRefusal } from './watch-sign-in.js';
import type { SignIn } from '../access/sign-in.js';
import { requireRole } from '../access/viewer.js';

/** Who watches an installation, and from where. */
const REMEMBERED = 100;
const PATIENCE_MS = 3_000;

/**
 * Lets an ADMIN in; one who was let in before also while the database, which knows the keys, does not answer: that is when
 * somebody looks.
 */
export function scrapeSignInHook(signIn: SignIn) {
  const admitted = new LRUCache<string, true>({ max: REMEMBERED });
  return async ({ raw }: FastifyRequest): Promise<void> => {
    const credentials = credentialsOf(raw);
    const known = createHash('sha256').update(JSON.stringify(credentials)).digest('base64');
    const late = admitted.has(known) ? [sleep(PATIENCE_MS, undefined, { ref: false })] : [];
    const viewer = await Promise.race([signIn.viewerOf(credentials), ...late]).catch((error: unknown) => {
      if (isRefusal(error)) admitted.delete(known);
      if (!admitted.has(known)) throw error;
    });
    if (!viewer) return;
    requireRole(viewer, 'ADMIN');
    admitted.set(known, true);
  };
}
