import { randomBytes, randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { rowsOfLibrary, type LibraryRows } from './library-scope.js';
import type { PrismaClient } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';
import { toName } from '../name.js';

const DEFAULT_NAME = 'default';
const CACHED = 1_000;
/** Of those that are there, in an error. */
const MOST_NAMED = 20;

/** The libraries of this installation. What never changes of one is kept in memory. */
export class Libraries {
  readonly #rows = new LRUCache<string, LibraryRows>({ max: CACHED });
  // A page of files asks for it once a file, and all at once.
  readonly #fileSecrets = new LRUCache<string, Uint8Array>({ max: CACHED, fetchMethod: (id) => this.#readSecret(id) });

  constructor(private readonly prisma: PrismaClient) {}

  /** The id of the default library, which is made when it is not there. Safe where processes start together. */
  async ensureDefault(): Promise<string> {
    return this.ensure(DEFAULT_NAME);
  }

  /**
   * The id of the library of that name, which is made when it is not there.
   * @throws INVALID_ARGUMENT for a new one of no name, or of more than 200 characters
   */
  async ensure(name: string): Promise<string> {
    const library = await this.prisma.library.findUnique({ where: { name }, select: { id: true } });
    return library?.id ?? this.restore(toName(name, 'library'));
  }

  /** The same for a library that has its name already, from before there were rules for one, as in an archive. */
  async restore(name: string): Promise<string> {
    await this.prisma.library.createMany({
      data: [{ id: randomUUID(), name, fileSecret: randomBytes(32) }],
      skipDuplicates: true,
    });
    return (await this.prisma.library.findUniqueOrThrow({ where: { name } })).id;
  }

  /** @throws INVALID_ARGUMENT where there is no such library */
  async idOf(name: string): Promise<string> {
    const library = await this.prisma.library.findUnique({ where: { name }, select: { id: true } });
    if (!library) {
      const known = await this.prisma.library.findMany({
        select: { name: true },
        orderBy: { name: 'asc' },
        take: MOST_NAMED,
      });
      const names = known.map((each) => JSON.stringify(each.name)).join(', ');
      const what = `one of ${names} (a new one is made with its first key)`;
      throw new AfterimageError('INVALID_ARGUMENT', expected(what, 'library', name));
    }
    return library.id;
  }

  async nameOf(id: string): Promise<string> {
    return (await this.prisma.library.findUniqueOrThrow({ where: { id }, select: { name: true } })).name;
  }

  /** A database client that is held to that library. */
  rows(libraryId: string): LibraryRows {
    let rows = this.#rows.get(libraryId);
    if (!rows) this.#rows.set(libraryId, (rows = rowsOfLibrary(this.prisma, libraryId)));
    return rows;
  }

  /** The secret that signs the addresses of its files. @throws FILE_NOT_FOUND when there is no such library */
  fileSecret(libraryId: string): Promise<Uint8Array> {
    return this.#fileSecrets.forceFetch(libraryId);
  }

  async #readSecret(id: string): Promise<Uint8Array> {
    const library = await this.prisma.library.findUnique({ where: { id }, select: { fileSecret: true } });
    if (!library) throw new AfterimageError('FILE_NOT_FOUND', expected('a library', 'the path', id));
    return library.fileSecret;
  }
}
