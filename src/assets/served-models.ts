import { AssetIndex, collectionOf } from './asset-index.js';
import { ASSET_PAYLOAD } from './asset-payload.js';
import type { PrismaClient } from '../database/database.js';
import type { Model } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import type { Encoder } from '../inference/encoder.js';
import { loadOnce } from '../load-once.js';
import { blankPicture } from '../inference/preprocess.js';
import { storable } from '../storable-text.js';
import type { VectorStore } from '../vectorstore/vectorstore.js';

/** An encoder that nobody has asked for so long is closed, but for that of the active model. */
const IDLE_MS = 5 * 60_000;
/** After a failed load others fail like it for so long, instead of reading hundreds of megabytes again. */
const FAILED_MS = 5_000;

/** A model of which the library has embeddings, as this process has it open. */
export interface ServedModel {
  readonly id: string;
  readonly index: AssetIndex;
  /**
   * Its encoder, loaded when first asked for.
   * @throws MODEL_NOT_FOUND, MODEL_DAMAGED, MODEL_INVALID where this process cannot load it
   */
  readonly encoder: () => Promise<Encoder>;
}

type OpenableModel = Pick<Model, 'id' | 'dimension'>;

/** Opens the encoder of a model by its id. */
export type OpenEncoder = (id: string) => Promise<Encoder>;

/**
 * The models that there are, with their encoders and collections. Which one answers is asked of Postgres anew by every
 * question, so that all processes agree from one moment to the next; a question that is under way keeps the model that it
 * began with.
 */
export class ServedModels {
  readonly #indexes = new Map<string, () => Promise<AssetIndex>>();
  readonly #encoders = new Map<string, LoadedEncoder>();
  /** Ids of those that are being tried out, of which there is no row yet. */
  readonly #checking = new Set<string>();
  #lastActiveId = '';
  #isClosed = false;

  constructor(
    private readonly prisma: PrismaClient,
    private readonly vectors: VectorStore,
    private readonly openEncoder: OpenEncoder,
  ) {}

  /** The one that answers. */
  async active(): Promise<ServedModel> {
    // In SQL, which takes a fifth of Prisma's own: every search and every picture that comes in asks this.
    const [row] = await this.prisma.$queryRaw<OpenableModel[]>`
      SELECT "id", "dimension" FROM "model" WHERE "state" = 'ACTIVE'`;
    if (!row) throw new AfterimageError('INTERNAL', expected('an active model', 'the database', 'none'));
    this.#lastActiveId = row.id;
    return this.#open(row);
  }

  /**
   * Begins to encode a text by the model that answered last, as it most probably does again, while Postgres is still asked.
   * Whoever then encodes it by that model finds it begun; by another, nothing of it is used.
   */
  anticipate(text: string): void {
    const loaded = this.#encoders.get(this.#lastActiveId);
    // What goes wrong is told to whoever encodes it.
    loaded
      ?.get()
      .then((encoder) => encoder.encodeTexts([text]))
      .catch(() => undefined);
  }

  /**
   * The one of that id, or else the active one.
   * @throws MODEL_UNKNOWN for one that the library has no embeddings of, MODEL_INCOMPLETE for one that is being built
   */
  async find(id?: string | null): Promise<ServedModel> {
    if (id == null) return this.active();
    const isStorable = id === storable(id);
    const row = isStorable && (await this.prisma.model.findFirst({ where: { id, state: { not: 'DROPPING' } } }));
    if (!row) throw new AfterimageError('MODEL_UNKNOWN', expected('a model of this library', 'model', id));
    if (row.state === 'BUILDING')
      throw new AfterimageError('MODEL_INCOMPLETE', expected('a model that is complete', 'model', id));
    return this.#open(row);
  }

  /** All that embeddings are made and kept of, the active one first. */
  async all(): Promise<ServedModel[]> {
    const rows = await this.prisma.$queryRaw<OpenableModel[]>`
      SELECT "id", "dimension" FROM "model" WHERE "state" <> 'DROPPING' ORDER BY "state"`;
    return Promise.all(rows.map((row) => this.#open(row)));
  }

  /** Loads an encoder that is about to be needed. @throws as `ServedModel.encoder` */
  async load(id: string): Promise<Encoder> {
    const encoder = await this.#encoder(id);
    await encoder.start();
    return encoder;
  }

  /**
   * Runs a model that the library has no embeddings of once, on a picture and a text. One that fails is closed again.
   * @returns the length of its embeddings
   * @throws MODEL_NOT_FOUND, MODEL_DAMAGED; MODEL_INVALID for one that does not answer as its manifest says
   */
  async check(id: string): Promise<number> {
    this.#checking.add(id);
    try {
      const encoder = await this.#encoder(id);
      const { dimension, image } = encoder.manifest;
      const embeddings = [
        await encoder.encodeImage(blankPicture(image)),
        ...(await encoder.encodeTexts(['a picture'])),
      ];
      const wrong = embeddings.find(({ length }) => length !== dimension);
      if (wrong)
        throw new AfterimageError('MODEL_INVALID', expected(`length ${dimension}`, 'embeddings', wrong.length));
      return dimension;
    } catch (error) {
      await this.#discard(id);
      if (!(error instanceof AfterimageError) || error.code.startsWith('MODEL_')) throw error;
      throw new AfterimageError('MODEL_INVALID', `expected a model that runs for ${id}, received ${error.message}`, {
        cause: error,
      });
    } finally {
      this.#checking.delete(id);
    }
  }

  /** Closes the encoders that nobody needs any more. @param rows all that there are */
  async tidy(rows: readonly Pick<Model, 'id' | 'state'>[]): Promise<void> {
    const states = new Map(rows.map(({ id, state }) => [id, state]));
    for (const id of this.#indexes.keys()) if ((states.get(id) ?? 'DROPPING') === 'DROPPING') this.#indexes.delete(id);
    for (const [id, loaded] of this.#encoders) {
      const state = states.get(id) ?? 'DROPPING';
      const isIdle = Date.now() - loaded.usedAt > IDLE_MS;
      const isUnused = state === 'DROPPING' ? !this.#checking.has(id) : state === 'STANDBY' && isIdle;
      if (!isUnused) continue;
      await this.#discard(id);
    }
  }

  /** To be called when the collection of a model has been dropped: one that is made anew is opened anew. */
  async forget(id: string): Promise<void> {
    this.#indexes.delete(id);
    await this.#discard(id);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#encoders.values()].map((loaded) => loaded.close()));
  }

  async #discard(id: string): Promise<void> {
    const loaded = this.#encoders.get(id);
    this.#encoders.delete(id);
    await loaded?.close();
  }

  async #open(row: OpenableModel): Promise<ServedModel> {
    let index = this.#indexes.get(row.id);
    if (!index) {
      index = loadOnce(() => this.#openIndex(row));
      this.#indexes.set(row.id, index);
    }
    return { id: row.id, index: await index(), encoder: () => this.#encoder(row.id, row.dimension) };
  }

  async #openIndex({ id, dimension }: OpenableModel): Promise<AssetIndex> {
    const length = dimension ?? (await this.#encoder(id)).manifest.dimension;
    const spec = { name: collectionOf(id), dimension: length, payload: ASSET_PAYLOAD };
    const collection = await this.vectors.openCollection(spec);
    // Between the row and the collection it may have been dropped: then this has made it anew.
    if ((await this.prisma.model.count({ where: { id, state: { not: 'DROPPING' } } })) === 0) {
      await this.vectors.dropCollection(spec.name);
      throw new AfterimageError('MODEL_CHANGE_UNDER_WAY', `expected a model that is kept, received the drop of ${id}`);
    }
    return new AssetIndex(this.prisma, collection, id);
  }

  async #encoder(id: string, dimension: number | null = null): Promise<Encoder> {
    if (this.#isClosed)
      throw new AfterimageError('SHUTTING_DOWN', 'expected models that are served, received their end');
    let loaded = this.#encoders.get(id);
    if (!loaded || loaded.failedAt < Date.now() - FAILED_MS) {
      loaded = new LoadedEncoder(() => this.openEncoder(id));
      this.#encoders.set(id, loaded);
    }
    const encoder = await loaded.get();
    const { manifest } = encoder;
    if (dimension !== null && manifest.dimension !== dimension)
      throw new AfterimageError(
        'MODEL_INVALID',
        expected(`${dimension}, which the library has embeddings of`, `the dimension of ${id}`, manifest.dimension),
      );
    return encoder;
  }
}

class LoadedEncoder {
  usedAt = Date.now();
  /** In the far future while it has not. */
  failedAt = Infinity;
  readonly #opening: Promise<Encoder>;

  constructor(open: () => Promise<Encoder>) {
    this.#opening = open();
    this.#opening.catch(() => (this.failedAt = Date.now()));
  }

  get(): Promise<Encoder> {
    this.usedAt = Date.now();
    return this.#opening;
  }

  async close(): Promise<void> {
    // One that could not be opened was reported to whoever asked for it.
    const encoder = await this.#opening.catch(() => undefined);
    await encoder?.close();
  }
}
