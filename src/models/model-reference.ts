import { catalogueEntry, CATALOGUE, type CatalogueEntry } from './catalogue.js';
import { AfterimageError, expected } from '../errors.js';
import { isModelId } from '../inference/model-manifest.js';

// No part of a repository's name or of a revision is a way out of a folder or of an address.
const REPOSITORY = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:@([\w-][\w.-]*))?$/;
// A hub has no name with two dashes in a row.
const SNAPSHOT = /[/\\]models--([\w-][\w.-]*?)--([\w-][\w.-]*)[/\\]snapshots[/\\]([\w-][\w.-]*)$/;

/** What is downloaded, or was by the hub's own client, and under which name it is kept. */
export interface ModelReference {
  readonly id: string;
  readonly repository: string;
  /** A commit, a branch or a tag. */
  readonly revision: string;
  readonly entry: CatalogueEntry | undefined;
}

/**
 * @param name the id of a catalogue entry, or `owner/name` of any repository of the hub with `@revision` where it is not
 *   to be `main`
 * @param id what the model is to be called, instead of the catalogue's id or the repository's name
 * @throws INVALID_ARGUMENT for a name that is neither, and for a model that is built in
 */
export function parseModelReference(name: string, id?: string): ModelReference {
  const entry = catalogueEntry(name);
  if (entry) {
    if (!entry.hub)
      throw new AfterimageError('INVALID_ARGUMENT', expected('a model of the hub', 'id', name) + ', which is built in');
    return { id: checkModelId(id ?? entry.id), repository: entry.hub.repository, revision: entry.hub.revision, entry };
  }
  const [, repository, revision = 'main'] = REPOSITORY.exec(name) ?? [];
  if (!repository) {
    const known = CATALOGUE.map((each) => each.id).join(', ');
    throw new AfterimageError('INVALID_ARGUMENT', expected(`owner/name[@revision] or one of ${known}`, 'id', name));
  }
  const sameWeights = CATALOGUE.find(({ hub }) => hub?.repository === repository);
  return { id: checkModelId(id ?? modelIdFrom(repository)), repository, revision, entry: sameWeights };
}

/**
 * Of a snapshot in the cache of the hub's own client, `models--owner--name/snapshots/<commit>`.
 * @returns undefined for any other folder
 * @throws INVALID_ARGUMENT for a bad id
 */
export function snapshotReference(folder: string, id?: string): ModelReference | undefined {
  const [, owner, name, commit] = SNAPSHOT.exec(folder) ?? [];
  return commit === undefined ? undefined : parseModelReference(`${owner}/${name}@${commit}`, id);
}

/** @throws INVALID_ARGUMENT for what could not be the name of a folder and of a collection everywhere */
export function checkModelId(id: string): string {
  if (isModelId(id)) return id;
  throw new AfterimageError(
    'INVALID_ARGUMENT',
    expected('up to 64 small letters, digits, dots, dashes and underscores', 'id', id),
  );
}

/** A model id from the name of a folder or of a repository. @throws INVALID_ARGUMENT when nothing of it can be used */
export function modelIdFrom(path: string): string {
  const last = path.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  const id = last
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64);
  return checkModelId(id);
}
