import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { AssetLine, keyLineSchema, labelLineSchema } from './archive-format.js';
import { Libraries } from '../access/libraries.js';
import { labelKey } from '../assets/label-name.js';
import type { PrismaClient } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';

/** Where a line of the archive goes, and what is there already. */
export interface Place {
  readonly line: AssetLine;
  readonly libraryId: string;
  /** By key, those of the library. */
  readonly labelIds: ReadonlyMap<string, string>;
  /** The asset of the same id, wherever it is. */
  readonly sameId: Known | undefined;
  /** The asset of the same bytes in the same library. */
  readonly sameBytes: Known | undefined;
}

interface Known {
  readonly id: string;
  readonly libraryId: string;
  readonly sha256: string;
}

/** The rows that an archive is imported into. Its libraries are those of the same names here, or new ones. */
export class ImportTarget {
  private constructor(
    private readonly prisma: PrismaClient,
    private readonly libraryIds: ReadonlyMap<string, string>,
  ) {}

  static async open(prisma: PrismaClient, libraries: readonly string[]): Promise<ImportTarget> {
    const ids = new Map<string, string>();
    for (const name of libraries) ids.set(name, await new Libraries(prisma).ensure(name));
    return new ImportTarget(prisma, ids);
  }

  async addLabels(labels: readonly z.output<typeof labelLineSchema>[]): Promise<void> {
    await this.prisma.label.createMany({
      data: labels.map(({ library, name, createdAt }) => ({
        id: randomUUID(),
        libraryId: this.idOf(library),
        name,
        nameKey: labelKey(name),
        createdAt,
      })),
      skipDuplicates: true,
    });
  }

  /** @returns how many of them were not there */
  async addKeys(keys: readonly z.output<typeof keyLineSchema>[]): Promise<number> {
    const { count } = await this.prisma.apiKey.createMany({
      data: keys.map(({ library, secretHash, ...key }) => ({
        ...key,
        libraryId: this.idOf(library),
        secretHash: Buffer.from(secretHash, 'hex'),
      })),
      skipDuplicates: true,
    });
    return count;
  }

  async placesOf(lines: readonly AssetLine[]): Promise<Place[]> {
    const select = { id: true, libraryId: true, sha256: true } as const;
    const ids = lines.map(({ asset }) => asset.id);
    const sameIds = await this.prisma.asset.findMany({ where: { id: { in: ids } }, select });
    const sums = lines.map(({ asset }) => asset.sha256);
    const libraryIds = [...new Set(lines.map(({ library }) => this.idOf(library)))];
    const sameBytes = await this.prisma.asset.findMany({
      where: { libraryId: { in: libraryIds }, sha256: { in: sums } },
      select,
    });
    const labelIds = await this.#labelsOf(lines);
    const byId = new Map(sameIds.map((known) => [known.id, known]));
    const byBytes = new Map(sameBytes.map((known) => [`${known.libraryId} ${known.sha256}`, known]));
    return lines.map((line) => {
      const libraryId = this.idOf(line.library);
      return {
        line,
        libraryId,
        labelIds: labelIds.get(libraryId)!,
        sameId: byId.get(line.asset.id),
        sameBytes: byBytes.get(`${libraryId} ${line.asset.sha256}`),
      };
    });
  }

  /** Ids by key by library. A label that came to be during the export is with the assets only. */
  async #labelsOf(lines: readonly AssetLine[]): Promise<Map<string, Map<string, string>>> {
    const all = lines.flatMap(({ library, labels }) =>
      labels.map(({ label, createdAt }) => ({ library, name: label, createdAt })),
    );
    const named = [...new Map(all.map((label) => [JSON.stringify([label.library, label.name]), label])).values()];
    await this.addLabels(named);
    const ids = new Map<string, Map<string, string>>(lines.map(({ library }) => [this.idOf(library), new Map()]));
    const nameKeys = [...new Set(named.map(({ name }) => labelKey(name)))];
    const labels = await this.prisma.label.findMany({
      where: { libraryId: { in: [...ids.keys()] }, labelSetId: null, nameKey: { in: nameKeys } },
    });
    for (const { id, libraryId, nameKey } of labels) ids.get(libraryId)!.set(nameKey, id);
    return ids;
  }

  /** @throws ARCHIVE_INVALID */
  idOf(library: string): string {
    const id = this.libraryIds.get(library);
    if (id === undefined)
      throw new AfterimageError('ARCHIVE_INVALID', expected('a library of the manifest', 'library', library));
    return id;
  }
}
