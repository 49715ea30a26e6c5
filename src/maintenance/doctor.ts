import { checkDatabase } from './check-database.js';
import { checkFiles } from './check-files.js';
import { checkStrayFiles } from './check-stray-files.js';
import { checkStrayVectors } from './check-stray-vectors.js';
import { checkVectors } from './check-vectors.js';
import { checkJobs, checkModels, checkPending, checkUploads } from './check-work.js';
import type { Finding, FindingKind } from './finding.js';
import { groupBy } from '../group-by.js';
import type { LibraryParts } from './library-parts.js';
import { MENDS } from './mend.js';

/**
 * Finds one or more kinds of what is wrong, a list at a time, without holding them all. A server may be at work
 * meanwhile: what it has just begun or not finished yet is no finding.
 */
type Check = (library: LibraryParts, options: ExamineOptions) => AsyncIterable<Finding[]>;

// What one mends the later ones need not find: uploads go with their files, and lost originals with their embeddings.
const CHECKS: readonly { readonly check: Check; readonly isOfModel?: true }[] = [
  { check: checkDatabase },
  { check: checkUploads },
  { check: checkFiles },
  { check: checkVectors, isOfModel: true },
  { check: checkModels, isOfModel: true },
  { check: checkPending },
  { check: checkJobs },
  { check: checkStrayFiles },
  { check: checkStrayVectors, isOfModel: true },
];
const MAX_EXAMPLES = 3;

export interface ExamineOptions {
  /** Whether to mend what is found; without it nothing is changed. */
  readonly isRepair: boolean;
  /** Where it is given every original is read, and this called for each; else only sizes are compared. */
  readonly onOriginal?: (() => void) | undefined;
}

export interface Diagnosis {
  readonly kind: FindingKind;
  readonly count: number;
  readonly mended: number;
  /** The first three subjects. */
  readonly examples: readonly string[];
}

/**
 * Compares the stores of an installation with Postgres, which is the truth.
 *
 * @returns one entry a kind that was found, in the order of the checks
 * @throws DATABASE_FAILED, BLOB_STORE_FAILED, VECTOR_STORE_FAILED; what was mended by then stays so
 */
export async function examine(library: LibraryParts, options: ExamineOptions): Promise<Diagnosis[]> {
  const diagnoses = new Map<FindingKind, Diagnosis>();
  for (const { check, isOfModel } of CHECKS)
    for (const parts of isOfModel ? library.models.map((model) => ({ ...library, ...model })) : [library])
      for await (const findings of check(parts, options))
        for (const [kind, group] of groupBy(findings, (finding) => finding.kind)) {
          const subjects = group.map(({ subject }) => subject);
          const mended = options.isRepair ? await MENDS[kind]?.(parts, subjects) : 0;
          const known = diagnoses.get(kind) ?? { kind, count: 0, mended: 0, examples: [] };
          diagnoses.set(kind, {
            kind,
            count: known.count + subjects.length,
            mended: known.mended + (mended ?? 0),
            examples: [...known.examples, ...subjects].slice(0, MAX_EXAMPLES),
          });
        }
  return [...diagnoses.values()];
}
