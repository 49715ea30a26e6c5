import { LRUCache } from 'lru-cache';
import { meanOf, measureScale, type Background } from './relevance.js';
import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import { rowCondition, sampleIds } from '../assets/asset-filter.rows.js';
import type { ServedModel, ServedModels } from '../assets/served-models.js';
import { BACKGROUND_LABELS } from '../inference/background-labels.js';
import type { Encoder } from '../inference/encoder.js';

/** A share of them is off by 5 percent at most. */
export const SAMPLE_SIZE = 400;
/** Of the libraries and models that were searched last. */
const KEPT = 100;
/** What comes out of an archive or goes into the trash is told to nobody, and a notice may be lost. */
const MAX_AGE_MS = 10_000;
/** A full sample changes little as a library grows. */
const FULL_MAX_AGE_MS = 5 * 60_000;

interface Sample extends Background {
  readonly version: number;
  readonly loadedAt: number;
}

/**
 * What the queries to a library are told apart from: everyday words, and a random sample of its assets. Kept in memory, so
 * that a search asks neither Postgres nor the vector store for it. The sample is the assets with the smallest ids, which are
 * random: all processes have the same one, a restart changes nothing, and an upload hardly anything.
 */
export class Backgrounds {
  readonly #samples = new LRUCache<string, Sample>({ max: KEPT });
  readonly #loading = new Map<string, Promise<Sample>>();
  readonly #versions = new Map<string, number>();
  readonly #words = new WeakMap<Encoder, Promise<Float32Array[]>>();

  constructor(private readonly libraries: Libraries) {}

  /** To be called when an asset of that library was processed. */
  outdate(libraryId: string): void {
    this.#versions.set(libraryId, this.#versionOf(libraryId) + 1);
  }

  /** Begins with what the first search would else wait for; what goes wrong is told to that search. */
  prepare(models: ServedModels): void {
    models
      .active()
      .then(async (model) => this.#wordsOf(await model.encoder()))
      .catch(() => undefined);
  }

  /** @throws as `ServedModel.encoder` */
  async of({ libraryId }: Viewer, model: ServedModel): Promise<Sample> {
    const sample = this.#samples.get(`${libraryId} ${model.id}`);
    if (!sample) return this.#load(libraryId, model);
    const ageMs = Date.now() - sample.loadedAt;
    // Of few, each one counts. Of many it does not, and nobody waits for it.
    if (sample.pictureCount < SAMPLE_SIZE) {
      const isCurrent = sample.version === this.#versionOf(libraryId) && ageMs < MAX_AGE_MS;
      return isCurrent ? sample : this.#load(libraryId, model);
    }
    if (ageMs >= FULL_MAX_AGE_MS) this.#load(libraryId, model).catch(() => undefined);
    return sample;
  }

  /** Once for all who ask at the same time. */
  #load(libraryId: string, model: ServedModel): Promise<Sample> {
    const key = `${libraryId} ${model.id}`;
    const version = this.#versionOf(libraryId);
    // One that began before the last asset was processed may lack it.
    const loadingKey = `${key} ${version}`;
    let loading = this.#loading.get(loadingKey);
    if (!loading) {
      loading = this.#read(libraryId, model, version)
        .then((sample) => {
          this.#samples.set(key, sample);
          return sample;
        })
        .finally(() => this.#loading.delete(loadingKey));
      this.#loading.set(loadingKey, loading);
    }
    return loading;
  }

  async #read(libraryId: string, model: ServedModel, version: number): Promise<Sample> {
    const encoder = await model.encoder();
    const [words, pictures] = await Promise.all([this.#wordsOf(encoder), this.#sample(libraryId, model)]);
    const textMean = meanOf(words);
    return {
      scale: encoder.manifest.cosineScale ?? measureScale(pictures, words),
      textMean,
      textLevel: squaredLength(textMean),
      pictureMean: pictures.length > 0 ? meanOf(pictures) : undefined,
      pictureCount: pictures.length,
      version,
      loadedAt: Date.now(),
    };
  }

  /** Made once a model. */
  #wordsOf(encoder: Encoder): Promise<Float32Array[]> {
    let words = this.#words.get(encoder);
    if (!words) {
      words = encoder.encodeTexts(BACKGROUND_LABELS, { isBulk: true });
      words.catch(() => this.#words.delete(encoder));
      this.#words.set(encoder, words);
    }
    return words;
  }

  async #sample(libraryId: string, { index }: ServedModel): Promise<Float32Array[]> {
    const rows = this.libraries.rows(libraryId);
    const ids = await sampleIds(rows, await rowCondition(rows, libraryId, {}), SAMPLE_SIZE);
    return [...(await index.embeddings(ids)).values()];
  }

  #versionOf(libraryId: string): number {
    return this.#versions.get(libraryId) ?? 0;
  }
}

/** Of a mean of unit vectors: the mean cosine of any two of them. */
function squaredLength(vector: Float32Array): number {
  return vector.reduce((sum, value) => sum + value * value, 0);
}
