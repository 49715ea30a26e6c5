export interface FindingText {
  readonly what: string;
  readonly mending: string | null;
  /** Why mending leaves some, where it may. */
  readonly leaving?: string;
}

/** What can be wrong between the stores of a library: its name, what it is, and what mending it means. */
export const FINDINGS = {
  'expired-upload': {
    what: 'uploads that ended with their process',
    mending: 'what they stored is removed',
  },
  'original-missing': {
    what: 'assets whose original is not in the blob store',
    mending: 'the asset becomes FAILED with ORIGINAL_MISSING',
  },
  'original-damaged': {
    what: 'assets whose original is not as it was stored',
    mending: 'the asset becomes FAILED with ORIGINAL_DAMAGED',
  },
  'original-unreadable': {
    what: 'assets whose original cannot be read',
    mending: null,
  },
  'original-found': {
    what: 'assets that FAILED for want of an original that is in the blob store',
    mending: 'the asset is processed again',
  },
  'rendition-missing': {
    what: 'READY assets with a rendition that is missing or of another size',
    mending: 'the asset is processed again',
  },
  'vector-missing': {
    what: 'READY assets whose embedding is not in the vector store',
    mending: 'it is made again; the asset stays READY meanwhile',
  },
  'vector-outdated': {
    what: 'embeddings that are filtered by something else than their asset says',
    mending: 'the vector store is told again',
  },
  'model-other': {
    what: 'READY assets that have no embedding of a model that the library uses',
    mending: 'it is made; the asset stays READY meanwhile',
  },
  'job-missing': {
    what: 'PENDING assets without a job',
    mending: 'the job is enqueued',
  },
  'job-stray': {
    what: 'jobs whose asset is gone',
    mending: 'the job becomes one that removes what is left of the asset',
  },
  'file-stray': {
    what: 'files that belong to no asset',
    mending: 'the file is removed, when it is older than an hour',
    leaving: 'younger than an hour: run it again later',
  },
  'file-foreign': {
    what: 'files of a library that the database does not know, or with a name that no asset gives',
    mending: null,
  },
  'folder-unreadable': {
    what: 'folders of the blob store of which nobody can tell what is in them',
    mending: null,
  },
  'vector-stray': {
    what: 'embeddings that belong to no asset, or to a FAILED one',
    mending: 'the embedding is removed',
  },
  'vector-foreign': {
    what: 'embeddings of a library that the database does not know',
    mending: null,
  },
  'database-case': {
    what: 'databases that do not fold the case of letters beyond ASCII, or fold i as Turkish does',
    mending: null,
  },
} as const satisfies Record<string, FindingText>;

export type FindingKind = keyof typeof FINDINGS;

export interface Finding {
  readonly kind: FindingKind;
  /** The key of a file or a folder, the id of a job, the name of a database, else the id of an asset (which its upload and its embedding share). */
  readonly subject: string;
}
