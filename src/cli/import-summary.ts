import { basename, extname } from 'node:path';
import type { FoundFile, Refusal } from './found-files.js';
import type { Viewer } from '../access/viewer.js';
import { MAX_IDS, type AssetsService } from '../assets/assets.service.js';
import type { Asset } from '../database/generated/client.js';
import type { ErrorCode } from '../errors.js';

/** What is remembered of a file, of which there may be a hundred thousand. */
export type Imported =
  | { readonly type: 'uploaded' | 'duplicate'; readonly id: string; readonly isPending: boolean }
  | { readonly type: 'rejected'; readonly code: ErrorCode; readonly message: string }
  /** No picture. */
  | { readonly type: 'other' };

export interface ImportSummary {
  readonly uploaded: number;
  readonly duplicates: number;
  /** Rejected at once, or found to be damaged when they were processed. */
  readonly refused: readonly Refusal[];
  /** How many files are no pictures, by the endings of their names. */
  readonly others: ReadonlyMap<string, number>;
}

/** @param imported what became of each of the files, in their order, when nothing is PENDING any more */
export async function summarise(
  assets: AssetsService,
  viewer: Viewer,
  files: readonly FoundFile[],
  imported: readonly Imported[],
): Promise<ImportSummary> {
  let [uploaded, duplicates] = [0, 0];
  const refused: Refusal[] = [];
  const others = new Map<string, number>();
  let found = new Map<string, Asset>();
  for (const [index, each] of imported.entries()) {
    if (index % MAX_IDS === 0) found = await assets.findMany(viewer, idsOf(imported.slice(index, index + MAX_IDS)));
    const { name } = files[index]!;
    if (each.type === 'other') {
      const ending = endingOf(name);
      others.set(ending, (others.get(ending) ?? 0) + 1);
    } else if (each.type === 'rejected') {
      refused.push({ name, code: each.code, message: each.message });
    } else {
      const asset = found.get(each.id);
      if (each.type === 'duplicate') duplicates++;
      else if (asset?.state === 'FAILED') refused.push(failureOf(asset, name));
      else uploaded++;
    }
  }
  return { uploaded, duplicates, refused, others };
}

export function printSummary({ uploaded, duplicates, refused, others }: ImportSummary): void {
  console.log(
    `  ${uploaded} imported, ${duplicates} already there${refused.length > 0 ? `, ${refused.length} refused` : ''}`,
  );
  for (const { name, code, message } of refused) console.log(`  ${name}: ${message} [${code}]`);
  const endings = [...others].sort(([, one], [, other]) => other - one).map(([ending, count]) => `${count} ${ending}`);
  if (endings.length > 0) console.log(`  left out as no pictures: ${endings.join(', ')}`);
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
