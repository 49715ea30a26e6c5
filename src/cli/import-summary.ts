import { basename, extname } from 'node:path';
import type { Refusal } from './found-files.js';
import { numberOf } from './number-of.js';
import type { FoundPicture } from './sidecars.js';
import type { Viewer } from '../access/viewer.js';
import { MAX_IDS, type AssetsService } from '../assets/assets.service.js';
import type { Asset } from '../database/generated/client.js';
import type { ErrorCode } from '../errors.js';

/** What is remembered of a file, of which there may be a hundred thousand. */
export type Imported =
  | {
      readonly type: 'uploaded' | 'duplicate';
      readonly id: string;
      readonly isPending: boolean;
      /** Why what lies beside it was left out. */
      readonly badSidecar?: Omit<Refusal, 'name'>;
    }
  | { readonly type: 'rejected'; readonly code: ErrorCode; readonly message: string }
  /** No picture. */
  | { readonly type: 'other' };

export interface ImportSummary {
  readonly uploaded: number;
  readonly duplicates: number;
  /** Of the duplicates, those that are not among the READY: FAILED, or in the trash. */
  readonly failed: readonly Refusal[];
  readonly trashed: readonly string[];
  /** Rejected at once, or found to be damaged when they were processed. */
  readonly refused: readonly Refusal[];
  /** How many files are no pictures, by the endings of their names. */
  readonly others: ReadonlyMap<string, number>;
  /** Of how many folders the pictures are in a collection; undefined where none was asked for. */
  readonly collectionCount?: number;
}

/** @param imported what became of each of the files, in their order, when nothing is PENDING any more */
export async function summarise(
  assets: AssetsService,
  viewer: Viewer,
  files: readonly FoundPicture[],
  imported: readonly Imported[],
): Promise<ImportSummary> {
  let [uploaded, duplicates] = [0, 0];
  const [failed, trashed, refused]: [Refusal[], string[], Refusal[]] = [[], [], []];
  const others = new Map<string, number>();
  let found = new Map<string, Asset>();
  for (const [index, each] of imported.entries()) {
    if (index % MAX_IDS === 0) found = await assets.findMany(viewer, idsOf(imported.slice(index, index + MAX_IDS)));
    const { name } = files[index]!;
    if (each.type === 'other') {
      for (const file of [files[index]!, files[index]!.sidecar]) {
        if (!file) continue;
        const ending = endingOf(file.name);
        others.set(ending, (others.get(ending) ?? 0) + 1);
      }
    } else if (each.type === 'rejected') {
      refused.push({ name, code: each.code, message: each.message });
    } else {
      const asset = found.get(each.id);
      if (each.badSidecar) refused.push({ name: files[index]!.sidecar!.name, ...each.badSidecar });
      const failure = asset?.state === 'FAILED' ? failureOf(asset, name) : null;
      if (each.type === 'uploaded') {
        if (failure) refused.push(failure);
        else uploaded++;
      } else {
        duplicates++;
        if (asset?.trashedAt) trashed.push(name);
        else if (failure) failed.push(failure);
      }
    }
  }
  return { uploaded, duplicates, failed, trashed, refused, others };
}

/** Whether every picture is in the library and can be seen there. */
export function isWhole({ failed, trashed, refused }: ImportSummary): boolean {
  return failed.length + trashed.length + refused.length === 0;
}

export function printSummary(summary: ImportSummary): void {
  const { uploaded, duplicates, failed, trashed, refused, others, collectionCount } = summary;
  const hidden = counted([
    [failed.length, 'FAILED'],
    [trashed.length, 'in the trash'],
  ]);
  const present = `${duplicates} already there${hidden && ` (${hidden})`}`;
  console.log(`  ${uploaded} imported, ${present}${refused.length > 0 ? `, ${refused.length} refused` : ''}`);
  if (collectionCount !== undefined) console.log(`  in ${numberOf(collectionCount, 'collection')}`);
  for (const { name, code, message } of refused) console.log(`  ${name}: ${message} [${code}]`);
  for (const { name, code, message } of failed) console.log(`  ${name}: already there, FAILED: ${message} [${code}]`);
  for (const name of trashed) console.log(`  ${name}: already there, in the trash`);
  const endings = [...others].map(([ending, count]) => [count, ending] as const);
  if (endings.length > 0)
    console.log(`  left out as no pictures: ${counted(endings.sort(([one], [other]) => other - one))}`);
}

/** @param counts of what was done with so many files by then */
export function printStopped(counts: Readonly<Record<Imported['type'], number>>, fileCount: number): void {
  const seen = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const { uploaded, duplicate, rejected } = counts;
  const done = `${uploaded} imported, ${duplicate} already there${rejected > 0 ? `, ${rejected} refused` : ''}`;
  console.log(
    `  stopped after ${seen} of ${numberOf(fileCount, 'file')}: ${done}; the same command goes on with the rest`,
  );
}

const SHOWN_FOLDERS = 5;

export function printLeftOut(folders: readonly string[]): void {
  if (folders.length === 0) return;
  const more = folders.length - SHOWN_FOLDERS;
  const shown = folders.slice(0, SHOWN_FOLDERS).join(', ');
  console.log(`  left out folders of the system: ${shown}${more > 0 ? ` and ${more} more` : ''}`);
}

function counted(counts: readonly (readonly [count: number, what: string])[]): string {
  return counts.flatMap(([count, what]) => (count > 0 ? `${count} ${what}` : [])).join(', ');
}

function idsOf(imported: readonly Imported[]): string[] {
  return imported.flatMap((each) => (each.type === 'uploaded' || each.type === 'duplicate' ? each.id : []));
}

function failureOf({ failureCode, failureMessage }: Asset, name: string): Refusal {
  return { name, code: failureCode as ErrorCode, message: failureMessage! };
}

function endingOf(name: string): string {
  const file = basename(name);
  if (file.startsWith('._')) return '._*';
  return extname(file).toLowerCase() || (file.startsWith('.') ? file : 'without an ending');
}
