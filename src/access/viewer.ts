import type { Role } from '../database/generated/enums.js';
import { AfterimageError } from '../errors.js';

/** Who asks: every service call gets one, and sees that one library only. */
export interface Viewer {
  readonly libraryId: string;
  readonly role: Role;
  /** The key that signed in; null for the open demo on this machine. */
  readonly keyId: string | null;
}

const RANK: Record<Role, number> = { VIEWER: 0, LABELLER: 1, EDITOR: 2, ADMIN: 3 };

/** Each role may do all that the ones before it may: VIEWER, LABELLER, EDITOR, ADMIN. */
function hasRole(viewer: Viewer, role: Role): boolean {
  return RANK[viewer.role] >= RANK[role];
}

export function mayUpload(viewer: Viewer): boolean {
  return hasRole(viewer, 'EDITOR');
}

/** How many files one request of theirs may bring: who may not upload sends the picture of a question. */
export function filesPerRequest(
  viewer: Viewer,
  { maxFilesPerRequest }: { readonly maxFilesPerRequest: number },
): number {
  return mayUpload(viewer) ? maxFilesPerRequest : 1;
}

/** @throws FORBIDDEN */
export function requireRole(viewer: Viewer, role: Role): void {
  if (!hasRole(viewer, role))
    throw new AfterimageError('FORBIDDEN', `expected the role ${role} or above, received ${viewer.role}`);
}
