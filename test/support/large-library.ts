import type { PrismaClient } from '#dist/database/database.js';

export const ROW_COUNT = 100_000;
/** Number 50,000, by upload: in the middle of every order. */
export const MIDDLE = new Date(Date.UTC(2024, 0, 1) + 50_000_000);

/** Writes many assets: without the indexes that only make reading faster, which are made again afterwards. */
export async function withoutIndexes(prisma: PrismaClient, write: () => Promise<void>): Promise<void> {
  const indexes = await prisma.$queryRaw<{ name: string; definition: string }[]>`
    SELECT indexname AS name, indexdef AS definition FROM pg_indexes
    WHERE tablename IN ('asset', 'asset_text', 'fingerprint') AND indexdef NOT LIKE 'CREATE UNIQUE%'`;
  for (const { name } of indexes) await prisma.$executeRawUnsafe(`DROP INDEX "${name}"`);
  await write();
  for (const { definition } of indexes) await prisma.$executeRawUnsafe(definition);
}

/**
 * Fills a library with assets like a photographer's, each uploaded a second after the one before, without files or
 * embeddings. Libraries that it fills have the same names, tags and labels.
 */
export async function fillLibrary(prisma: PrismaClient, libraryId: string, rowCount: number): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO asset (id, library_id, state, sha256, original_name, mime_type, byte_size, width, height, orientation,
      title, description, tags, is_favourite, rating, captured_at, uploaded_at, trashed_at, camera_make, camera_model, lens,
      latitude, longitude, dominant_colours)
    SELECT gen_random_uuid(), ${libraryId}::uuid,
      (CASE WHEN n % 1000 = 1 THEN 'FAILED' WHEN n % 1000 = 2 THEN 'PENDING' ELSE 'READY' END)::asset_state,
      lpad(to_hex(n), 64, '0'), 'IMG_' || (n * 7919 % 100000) || '.jpg',
      CASE WHEN n % 50 = 0 THEN 'image/tiff' WHEN n % 10 = 0 THEN 'image/png' ELSE 'image/jpeg' END,
      1 + n * 611953::bigint % 10000000, width, 4000 - width,
      (CASE WHEN width > 2000 THEN 'LANDSCAPE' WHEN width < 2000 THEN 'PORTRAIT' ELSE 'SQUARE' END)::orientation,
      CASE WHEN n % 4 = 0 THEN 'Harbour ' || n WHEN n % 5000 = 1 THEN 'Zeppelin ' || n END,
      CASE WHEN n % 5000 = 3 THEN 'A lighthouse in a storm' END,
      ARRAY['year-' || n % 10, 'place-' || n % 97] || CASE WHEN n % 1000 = 7 THEN ARRAY['rare'] ELSE '{}' END,
      n % 200 = 0, nullif(n % 11, 0) % 5 + 1,
      CASE WHEN n % 10 > 0 THEN timestamptz '2015-01-01' + n * 104729::bigint % 100000 * interval '1 hour' END,
      timestamptz '2024-01-01' + n * interval '1 second', CASE WHEN n % 100 = 99 THEN now() END,
      CASE WHEN n % 3 > 0 THEN 'Canon' END, CASE WHEN n % 3 > 0 THEN 'EOS R' || n % 400 END, 'Lens ' || n % 300,
      CASE WHEN n % 5 = 0 THEN n * 7919 % 18000 / 100.0 - 90 END, CASE WHEN n % 5 = 0 THEN n * 104729::bigint % 36000 / 100.0 - 180 END,
      CASE WHEN n % 20 = 0 THEN ARRAY['#' || lpad(to_hex(n * 611953::bigint % 16777216), 6, '0')] ELSE '{}' END
    FROM generate_series(1, ${rowCount}::int) AS n, LATERAL (SELECT 1000 + n * 7 % 2000 AS width) AS size`;
  // Without them workers would look for the files.
  await prisma.$executeRaw`
    INSERT INTO fingerprint (asset_id, perceptual_hash, luma, pixel_digest, sharpness, is_compared)
    SELECT id, 0, '', uuid_send(id), 0, true FROM asset WHERE library_id = ${libraryId}::uuid`;
  await prisma.$executeRaw`
    INSERT INTO label (id, library_id, name, name_key)
    SELECT gen_random_uuid(), ${libraryId}::uuid, word, word FROM unnest(ARRAY['dog', 'cat', 'boat', 'owl']) AS word`;
  await prisma.$executeRaw`
    INSERT INTO asset_label (asset_id, label_id, source, state, probability)
    SELECT asset.id, label.id, 'MODEL', 'SUGGESTED', 0.5 FROM asset JOIN label USING (library_id)
    WHERE library_id = ${libraryId}::uuid
      AND byte_size % (CASE label.name WHEN 'dog' THEN 3 WHEN 'cat' THEN 30 WHEN 'boat' THEN 300 ELSE 3000 END) = 0`;
}
