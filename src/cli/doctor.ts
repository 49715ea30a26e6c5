import { createProgressBar } from './progress-bar.js';
import { withStores, type OpenStores } from './with-stores.js';
import { AssetIndex } from '../assets/asset-index.js';
import type { Config } from '../config.js';
import type { JobKind } from '../database/generated/enums.js';
import { unfinishedJobs } from '../maintenance/check-work.js';
import { examine, type Diagnosis } from '../maintenance/doctor.js';
import { FINDINGS, type FindingText } from '../maintenance/finding.js';
import type { LibraryParts } from '../maintenance/library-parts.js';
import { adoptDataDir, isBesideDatabase } from '../own-data-dir.js';

interface DoctorOptions {
  readonly repair?: boolean;
  readonly json?: boolean;
  readonly adopt?: boolean;
  readonly checksums?: boolean;
}

/**
 * Says what is wrong between the stores of a library, and mends it if asked to. The exit code is 1 while anything is.
 * @param adopt whether the database is to take the data directory, although it had another one
 * @param checksums whether every original is to be read
 */
export async function doctor(
  config: Config,
  {
    repair: isRepair = false,
    json: isJson = false,
    adopt: isAdopting = false,
    checksums: isReading = false,
  }: DoctorOptions,
): Promise<void> {
  const act = async (stores: OpenStores) => {
    if (isAdopting && isBesideDatabase(config)) {
      await adoptDataDir(stores.database.prisma, stores);
      // What is to be read by a program stays readable.
      (isJson ? console.error : console.log)(`The database uses the data directory ${config.dataDir} from now on.`);
    }
    const found = isReading ? await examineAll(stores, isRepair) : await examine(partsToExamine(stores), { isRepair });
    if (isJson) console.log(JSON.stringify(found.map((diagnosis) => ({ ...diagnosis, ...FINDINGS[diagnosis.kind] }))));
    else {
      print(found, isRepair);
      printJobs(await unfinishedJobs(stores.database.prisma));
    }
    if (found.some(({ count, mended }) => mended < count)) process.exitCode = 1;
  };
  await withStores(config, act, { isReadOnly: !isRepair && !isAdopting, isAdopting });
}

/** Reads every original, which takes long, and shows how far that has come. */
async function examineAll(stores: OpenStores, isRepair: boolean): Promise<Diagnosis[]> {
  const bar = createProgressBar('  {bar} {value}/{total} originals');
  bar.start(await stores.database.prisma.asset.count(), 0);
  try {
    return await examine(partsToExamine(stores), { isRepair, onOriginal: () => bar.increment() });
  } finally {
    bar.stop();
  }
}

export function partsToExamine({ database, blobs, models, uploads }: OpenStores): LibraryParts {
  const { prisma } = database;
  const parts = models.map(({ modelId, collection }) => ({
    modelId,
    collection,
    index: new AssetIndex(prisma, collection, modelId),
  }));
  return { prisma, blobs, uploads, models: parts, ...parts[0]! };
}

function print(found: readonly Diagnosis[], isRepair: boolean): void {
  if (found.length === 0) return console.log('Nothing is wrong.');
  for (const { kind, count, mended, examples } of found) {
    const { what, mending, leaving }: FindingText = FINDINGS[kind];
    const more = count > examples.length ? ', ...' : '';
    console.log(`${kind}: ${what}: ${count} (${examples.join(', ')}${more})`);
    if (!isRepair) console.log(`  --repair: ${mending ?? 'leaves them to you'}`);
    else {
      const why = leaving && mended < count ? ` (${leaving})` : '';
      console.log(`  ${mended} mended${mended > 0 ? ` (${mending})` : ''}, ${count - mended} left${why}`);
    }
  }
}

function printJobs(counts: ReadonlyMap<JobKind, number>): void {
  if (counts.size === 0) return;
  const jobs = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
  console.log(`Jobs that have yet to be done: ${jobs}. What they are to make is not counted as missing.`);
}
