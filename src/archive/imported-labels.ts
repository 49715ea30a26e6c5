import { randomUUID } from 'node:crypto';
import { LABEL_SETS, LABELS } from './archive-format.js';
import type { ArchiveReader } from './archive-reader.js';
import type { ImportListener } from './import-listener.js';
import type { ImportTarget } from './import-target.js';
import { lockSets } from './lock-sets.js';
import { labelLineSchema, labelSetLineSchema, type LabelLine, type LabelSetLine } from './labelling-lines.js';
import { labelKey, MAX_LABELS } from '../assets/label-name.js';
import type { Prisma, PrismaClient } from '../database/database.js';
import type { Label } from '../database/generated/client.js';
import { AfterimageError, expected } from '../errors.js';
import { inPages } from '../pages.js';

/** A label here. */
export type KnownLabel = Pick<Label, 'id' | 'nameKey' | 'labelSetId'>;

const SELECT = { id: true, libraryId: true, labelSetId: true, nameKey: true, deletedAt: true } as const;

/**
 * The label sets and labels of an archive, as they are known here: by their ids, else by their names in the library and
 * set, else as new ones. What is there stays as it is, and a set takes no more labels than it may have.
 */
export class ImportedLabels {
  /** By ids in the archive; null for what is not to be here. */
  readonly #setIds = new Map<string, string | null>();
  readonly #labels = new Map<string, KnownLabel | null>();
  /** How many labels had no room, by the id of the set here. */
  readonly #leftOut = new Map<string, number>();

  private constructor(
    private readonly prisma: PrismaClient,
    private readonly target: ImportTarget,
  ) {}

  /** Adds those that are missing. @throws ARCHIVE_INVALID */
  static async add(
    prisma: PrismaClient,
    archive: ArchiveReader,
    target: ImportTarget,
    listener: ImportListener,
  ): Promise<ImportedLabels> {
    const labels = new ImportedLabels(prisma, target);
    for await (const lines of inPages(archive.lines(LABEL_SETS, labelSetLineSchema))) await labels.#addSets(lines);
    for await (const lines of inPages(archive.lines(LABELS, labelLineSchema)))
      await prisma.$transaction((transaction) => labels.#addLabels(transaction, lines));
    await labels.#tellLeftOut(listener);
    return labels;
  }

  /** The id here of a set; undefined where the archive has none of that id, null where it was deleted here meanwhile. */
  setId(archivedId: string): string | null | undefined {
    return this.#setIds.get(archivedId);
  }

  /**
   * The label here; undefined where the archive has none of that id, null where it was deleted here meanwhile, or its set
   * had no room for it.
   */
  label(archivedId: string): KnownLabel | null | undefined {
    return this.#labels.get(archivedId);
  }

  async #addSets(lines: readonly LabelSetLine[]): Promise<void> {
    const rows = lines.map(({ library, ...set }) => ({
      ...set,
      libraryId: this.target.idOf(library),
      nameKey: labelKey(set.name),
    }));
    const select = { id: true, libraryId: true, nameKey: true, deletedAt: true } as const;
    const sameIds = await this.prisma.labelSet.findMany({ where: { id: { in: rows.map(({ id }) => id) } }, select });
    const { own, taken } = knownIn(rows, sameIds);
    for (const id of own) this.#setIds.set(id, id);
    const missing = rows.filter(({ id }) => !own.has(id));
    await this.prisma.labelSet.createMany({
      data: missing.map((row) => ({ ...row, id: taken.has(row.id) ? randomUUID() : row.id })),
      skipDuplicates: true,
    });
    const sameNames = await this.prisma.labelSet.findMany({ where: named(missing), select });
    const idsByName = new Map(sameNames.map((set) => [nameOf(set), set.id]));
    for (const set of missing) this.#setIds.set(set.id, idsByName.get(nameOf(set)) ?? null);
  }

  async #addLabels(transaction: Prisma.TransactionClient, lines: readonly LabelLine[]): Promise<void> {
    const isThere = await this.#keepSets(transaction, lines);
    const rows = lines.flatMap(({ library, labelSetId: archivedSetId, parentId: _parentId, updatedAt, ...label }) => {
      const id = label.id ?? randomUUID();
      const labelSetId = archivedSetId === null ? null : this.#requireSet(archivedSetId);
      if (archivedSetId !== null && (labelSetId === null || !isThere.has(labelSetId))) {
        this.#labels.set(id, null);
        return [];
      }
      return [
        {
          ...label,
          id,
          libraryId: this.target.idOf(library),
          labelSetId,
          nameKey: labelKey(label.name),
          updatedAt: updatedAt ?? label.createdAt,
        },
      ];
    });
    const sameIds = await transaction.label.findMany({
      where: { id: { in: rows.map(({ id }) => id) } },
      select: SELECT,
    });
    const { own, taken } = knownIn(rows, sameIds);
    for (const label of sameIds) if (own.has(label.id)) this.#labels.set(label.id, label);
    const missing = rows.filter(({ id }) => !own.has(id));
    const fitting = await this.#fitting(transaction, missing);
    const created = fitting.map((row) => ({ ...row, id: taken.has(row.id) ? randomUUID() : row.id }));
    await transaction.label.createMany({ data: created, skipDuplicates: true });
    const sameNames = await transaction.label.findMany({ where: named(missing), select: SELECT });
    const byName = new Map(sameNames.map((label) => [nameOf(label), label]));
    for (const label of missing) this.#labels.set(label.id, byName.get(nameOf(label)) ?? null);
    await this.#setParents(transaction, lines, new Set(created.map(({ id }) => id)));
  }

  /** Nobody else changes the labels of these sets until the end of the transaction. @returns ids of those that are there */
  async #keepSets(transaction: Prisma.TransactionClient, lines: readonly LabelLine[]): Promise<Set<string>> {
    const archivedIds = new Set(lines.flatMap(({ labelSetId }) => labelSetId ?? []));
    return lockSets(
      transaction,
      [...archivedIds].flatMap((id) => this.#requireSet(id) ?? []),
    );
  }

  /** Those that are there by name, or have room in their sets, which are locked. */
  async #fitting<R extends Required<Named>>(transaction: Prisma.TransactionClient, rows: readonly R[]): Promise<R[]> {
    const sameNames = await transaction.label.findMany({ where: named(rows), select: SELECT });
    const isThere = new Set(sameNames.map(nameOf));
    const setIds = rows.flatMap(({ labelSetId }) => labelSetId ?? []);
    const counted = await transaction.label.groupBy({
      by: 'labelSetId',
      where: { labelSetId: { in: [...new Set(setIds)] }, deletedAt: null },
      _count: true,
    });
    const counts = new Map(counted.map(({ labelSetId, _count }) => [labelSetId, _count]));
    return rows.filter((row) => {
      const { labelSetId } = row;
      if (labelSetId === null || isThere.has(nameOf(row))) return true;
      const count = counts.get(labelSetId) ?? 0;
      const hasRoom = count < MAX_LABELS;
      if (hasRoom) counts.set(labelSetId, count + 1);
      else this.#leftOut.set(labelSetId, (this.#leftOut.get(labelSetId) ?? 0) + 1);
      return hasRoom;
    });
  }

  async #tellLeftOut(listener: ImportListener): Promise<void> {
    const sets = await this.prisma.labelSet.findMany({ where: { id: { in: [...this.#leftOut.keys()] } } });
    for (const { id, name } of sets) {
      const what = `at most ${MAX_LABELS} labels in the label set ${name}`;
      listener.onProblem(
        `expected ${what}, received ${this.#leftOut.get(id)!} more in the archive, which are left out`,
      );
    }
  }

  /** Of those that are new. */
  async #setParents(transaction: Prisma.TransactionClient, lines: readonly LabelLine[], isNew: ReadonlySet<string>) {
    const parents = lines.flatMap(({ id, parentId }) => {
      const [label, parent] = [id, parentId].map((each) => (each === null ? undefined : this.label(each)));
      return label && parent && isNew.has(label.id) ? [{ id: label.id, parentId: parent.id }] : [];
    });
    if (parents.length === 0) return;
    await transaction.$executeRaw`
      UPDATE "label" SET "parent_id" = "new"."parentId"
      FROM jsonb_to_recordset(${JSON.stringify(parents)}::jsonb) AS "new" ("id" uuid, "parentId" uuid)
        JOIN "label" AS "parent" ON "parent"."id" = "new"."parentId"
      WHERE "label"."id" = "new"."id" AND "label"."label_set_id" = "parent"."label_set_id"
        AND "parent"."deleted_at" IS NULL`;
  }

  #requireSet(archivedId: string): string | null {
    const id = this.#setIds.get(archivedId);
    if (id !== undefined) return id;
    throw new AfterimageError('ARCHIVE_INVALID', expected('a label set of the archive', 'labelSetId', archivedId));
  }
}

interface Named {
  readonly libraryId: string;
  readonly labelSetId?: string | null;
  readonly nameKey: string;
}

function nameOf({ libraryId, labelSetId, nameKey }: Named): string {
  return JSON.stringify([libraryId, labelSetId, nameKey]);
}

function named(rows: readonly Named[]) {
  return {
    libraryId: { in: [...new Set(rows.map(({ libraryId }) => libraryId))] },
    nameKey: { in: rows.map(({ nameKey }) => nameKey) },
    deletedAt: null,
  };
}

type Row = Pick<Label, 'id' | 'libraryId'>;
type FoundRow = Pick<Label, 'id' | 'libraryId' | 'deletedAt'>;

/** Ids that are those of the same rows here, and ids that are taken by those of other libraries or what is being deleted. */
function knownIn(rows: readonly Row[], found: readonly FoundRow[]): { own: Set<string>; taken: Set<string> } {
  const libraries = new Map(rows.map(({ id, libraryId }) => [id, libraryId]));
  const isOwn = ({ id, libraryId, deletedAt }: FoundRow) => deletedAt === null && libraries.get(id) === libraryId;
  return {
    own: new Set(found.filter(isOwn).map(({ id }) => id)),
    taken: new Set(found.filter((row) => !isOwn(row)).map(({ id }) => id)),
  };
}
