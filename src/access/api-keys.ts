import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Viewer } from './viewer.js';
import type { PrismaClient } from '../database/database.js';
import type { Role } from '../database/generated/enums.js';
import { AfterimageError, expected } from '../errors.js';
import { isId } from '../id.js';

const PREFIX = 'afterimage_';
const LAST_USED_GRAIN_MS = 60_000;

export interface ApiKeySummary {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly library: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export type OwnApiKey = Omit<ApiKeySummary, 'library'>;

const SECRET = { secretHash: true } as const;

/** API keys: a secret each, of which only the SHA-256 is stored. */
export class ApiKeys {
  constructor(private readonly prisma: PrismaClient) {}

  /** @returns the secret, which is never to be had again */
  async create(key: { name: string; role: Role; libraryId: string }): Promise<{ id: string; secret: string }> {
    const secret = PREFIX + randomBytes(32).toString('base64url');
    const id = randomUUID();
    await this.prisma.apiKey.create({ data: { ...key, id, secretHash: hash(secret) } });
    return { id, secret };
  }

  async list(): Promise<ApiKeySummary[]> {
    const keys = await this.prisma.apiKey.findMany({ include: { library: true }, orderBy: { createdAt: 'asc' } });
    return keys.map(({ library, ...key }) => ({ ...key, library: library.name }));
  }

  /** Of one library, the oldest first. */
  ofLibrary(libraryId: string): Promise<OwnApiKey[]> {
    return this.prisma.apiKey.findMany({
      where: { libraryId },
      omit: SECRET,
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
  }

  find(libraryId: string, id: string): Promise<OwnApiKey | null> {
    return this.prisma.apiKey.findUnique({ where: { id, libraryId }, omit: SECRET });
  }

  /** From now on the key signs nobody in. @throws INVALID_ARGUMENT when no such key is in use */
  async revoke(id: string): Promise<void> {
    if (!isId(id)) throw unknownKey(id);
    const { count } = await this.prisma.apiKey.updateMany({
      where: { id, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    if (count === 0) throw unknownKey(id);
  }

  /** Whether a key was ever made: one that was revoked since closes the door for good. */
  async wasAnyMade(): Promise<boolean> {
    return (await this.prisma.apiKey.findFirst({ select: { id: true } })) !== null;
  }

  /** Whether any key is in use. */
  async isAny(): Promise<boolean> {
    return (await this.prisma.apiKey.findFirst({ where: { revokedAt: null }, select: { id: true } })) !== null;
  }

  /** @throws UNAUTHENTICATED when the secret is of no key in use */
  async signIn(secret: string): Promise<Viewer> {
    const key = await this.prisma.apiKey.findUnique({ where: { secretHash: hash(secret) } });
    if (!key || key.revokedAt)
      throw new AfterimageError('UNAUTHENTICATED', 'expected an API key in use, received another one');
    if (Date.now() - (key.lastUsedAt?.getTime() ?? 0) > LAST_USED_GRAIN_MS)
      await this.prisma.apiKey.updateMany({ where: { id: key.id }, data: { lastUsedAt: new Date() } });
    return { libraryId: key.libraryId, role: key.role, keyId: key.id };
  }
}

function unknownKey(id: string): AfterimageError {
  return new AfterimageError('INVALID_ARGUMENT', expected('the id of a key in use', 'id', id));
}

function hash(secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}
