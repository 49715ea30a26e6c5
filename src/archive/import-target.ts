import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { AssetLine, keyLineSchema } from './archive-format.js';
import { toAssignments, type Assignment, type ImportedAssignment } from './imported-assignments.js';
import type { ImportedLabels, KnownLabel } from './imported-labels.js';
import { Libraries } from '../access/libraries.js';
import { labelKey } from '../assets/label-name.js';
import type { PrismaClient } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';

/** Where a line of the archive goes, and what is there already. */
export interface Place {
  readonly line: AssetLine;
  readonly libraryId: string;
  /** Without labels that were deleted here meanwhile. */
  readonly assignments: readonly ImportedAssignment[];
  /** What was changed of its labels, as far as the batches are there. */
  readonly history: AssetLine['history'];
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
    for (const name of libraries) ids.set(name, await new Libraries(prisma).restore(name));
    return new ImportTarget(prisma, ids);
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

  async placesOf(lines: readonly AssetLine[], labels: ImportedLabels): Promise<Place[]> {
    const select = { id: true, libraryId: true, sha256: true } as const;
    const ids = lines.map(({ asset }) => asset.id);
    const sameIds = await this.prisma.asset.findMany({ where: { id: { in: ids } }, select });
    const sums = lines.map(({ asset }) => asset.sha256);
    const libraryIds = [...new Set(lines.map(({ library }) => this.idOf(library)))];
    const sameBytes = await this.prisma.asset.findMany({
      where: { libraryId: { in: libraryIds }, sha256: { in: sums } },
      select,
    });
    const labelOf = await this.#labelsOf(lines, labels);
    const batchIds = await this.#batchesOf(lines, libraryIds);
    const byId = new Map(sameIds.map((known) => [known.id, known]));
    const byBytes = new Map(sameBytes.map((known) => [`${known.libraryId} ${known.sha256}`, known]));
    return lines.map((line) => {
      const libraryId = this.idOf(line.library);
      return {
        line,
        libraryId,
        assignments: toAssignments(line.labels, (assignment) => labelOf(libraryId, assignment)),
        history: line.history
          .filter(({ batchId }) => batchIds.has(`${libraryId} ${batchId}`))
          .map((event) => ({ ...event, labelId: labels.label(event.labelId)?.id ?? event.labelId })),
        sameId: byId.get(line.asset.id),
        sameBytes: byBytes.get(`${libraryId} ${line.asset.sha256}`),
      };
    });
  }

  /** By ids; of an archive from before there were sets, or where a label was deleted while it was written, by names. */
  async #labelsOf(lines: readonly AssetLine[], labels: ImportedLabels) {
    const known = ({ labelId }: Assignment) => (labelId === null ? undefined : labels.label(labelId));
    const others = lines.flatMap(({ library, labels: own }) =>
      own
        .filter((assignment) => known(assignment) === undefined)
        .map(({ label: name, createdAt }) => ({
          id: randomUUID(),
          libraryId: this.idOf(library),
          name,
          nameKey: labelKey(name),
          createdAt,
        })),
    );
    await this.prisma.label.createMany({ data: others, skipDuplicates: true });
    const found = await this.prisma.label.findMany({
      where: {
        libraryId: { in: [...new Set(others.map(({ libraryId }) => libraryId))] },
        labelSetId: null,
        deletedAt: null,
        nameKey: { in: [...new Set(others.map(({ nameKey }) => nameKey))] },
      },
      select: { id: true, libraryId: true, labelSetId: true, nameKey: true },
    });
    const byName = new Map(found.map((label) => [`${label.libraryId} ${label.nameKey}`, label]));
    return (libraryId: string, assignment: Assignment): KnownLabel | null => {
      const label = known(assignment);
      return label === undefined ? (byName.get(`${libraryId} ${labelKey(assignment.label)}`) ?? null) : label;
    };
  }

  /** Those that are there: each its library and id. */
  async #batchesOf(lines: readonly AssetLine[], libraryIds: readonly string[]): Promise<Set<string>> {
    const ids = new Set(lines.flatMap(({ history }) => history.map(({ batchId }) => batchId)));
    const batches = await this.prisma.labelBatch.findMany({
      where: { id: { in: [...ids] }, libraryId: { in: [...libraryIds] } },
      select: { id: true, libraryId: true },
    });
    return new Set(batches.map(({ id, libraryId }) => `${libraryId} ${id}`));
  }

  /** @throws ARCHIVE_INVALID */
  idOf(library: string): string {
    const id = this.libraryIds.get(library);
    if (id === undefined)
      throw new AfterimageError('ARCHIVE_INVALID', expected('a library of the manifest', 'library', library));
    return id;
  }
}
