import type { ModelChanges } from './model-changes.js';
import type { ModelProgress, ModelProgresses } from './model-progress.js';
import type { Viewer } from '../access/viewer.js';
import type { Embedding, Model } from '../database/generated/client.js';
import { AfterimageError, type ErrorCode } from '../errors.js';

/** What is expected to go wrong with a change that somebody asks for. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'MODEL_NOT_FOUND',
  'MODEL_INVALID',
  'MODEL_DAMAGED',
  'MODEL_UNKNOWN',
  'MODEL_INCOMPLETE',
  'MODEL_IN_USE',
  'MODEL_CHANGE_UNDER_WAY',
]);

export interface ModelOutcome {
  readonly model: ModelProgress | null;
  /** Why nothing was done. */
  readonly refusal: { readonly code: ErrorCode; readonly message: string } | null;
}

/** The models of an installation, for those who may change them: they are of all libraries. */
export class ModelsService {
  constructor(
    private readonly changes: ModelChanges,
    private readonly progresses: ModelProgresses,
  ) {}

  list(): Promise<ModelProgress[]> {
    return this.progresses.list();
  }

  /** The first 200 assets of the viewer's library that cannot have an embedding of a model. */
  failures(viewer: Viewer, modelId: string): Promise<Embedding[]> {
    return this.progresses.failures(viewer, modelId);
  }

  change(id: string): Promise<ModelOutcome> {
    return this.#outcome(() => this.changes.begin(id));
  }

  cancel(): Promise<ModelOutcome> {
    return this.#outcome(() => this.changes.cancel());
  }

  rollBack(): Promise<ModelOutcome> {
    return this.#outcome(() => this.changes.rollBack());
  }

  drop(id: string): Promise<ModelOutcome> {
    return this.#outcome(() => this.changes.drop(id));
  }

  async #outcome(act: () => Promise<Model>): Promise<ModelOutcome> {
    try {
      return { model: await this.progresses.of(await act()), refusal: null };
    } catch (error) {
      if (!(error instanceof AfterimageError) || !REFUSALS.has(error.code)) throw error;
      return { model: null, refusal: { code: error.code, message: error.message } };
    }
  }
}
