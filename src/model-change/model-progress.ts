import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { PrismaClient } from '../database/database.js';
import type { Embedding, Model } from '../database/generated/client.js';

const MAX_FAILURES = 200;

/** A model, and how far it has come. */
export interface ModelProgress extends Model {
  /** READY assets of all libraries. */
  readonly total: number;
  /** Of those, the ones with an embedding. */
  readonly done: number;
  /** Of those, the ones that cannot have one. */
  readonly failed: number;
}

/** What there is of each model. */
export class ModelProgresses {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly libraries: Libraries,
  ) {}

  /** The active one first. */
  async list(): Promise<ModelProgress[]> {
    const rows = await this.prisma.model.findMany({ orderBy: [{ state: 'asc' }, { id: 'asc' }] });
    const [{ total }] = await this.prisma.$queryRaw<[{ total: number }]>`
      SELECT count(*)::int AS "total" FROM "asset" WHERE "state" = 'READY'`;
    const counts = await this.prisma.$queryRaw<{ modelId: string; done: number; failed: number }[]>`
      SELECT "model_id" AS "modelId", (count(*) - count("embedding"."failure_code"))::int AS "done",
        count("embedding"."failure_code")::int AS "failed"
      FROM "embedding" JOIN "asset" ON "asset"."id" = "embedding"."asset_id" AND "asset"."state" = 'READY'
      GROUP BY "model_id"`;
    const byModel = new Map(counts.map((each) => [each.modelId, each]));
    return rows.map((row) => {
      const { done = 0, failed = 0 } = byModel.get(row.id) ?? {};
      return { ...row, total, done, failed };
    });
  }

  async of(model: Model): Promise<ModelProgress> {
    const found = (await this.list()).find(({ id }) => id === model.id);
    return found ?? { ...model, total: 0, done: 0, failed: 0 };
  }

  /** The first 200 assets of the viewer's library that cannot have an embedding of a model. */
  failures({ libraryId }: Viewer, modelId: string): Promise<Embedding[]> {
    return this.libraries.rows(libraryId).embedding.findMany({
      where: { modelId, failureCode: { not: null } },
      orderBy: { assetId: 'asc' },
      take: MAX_FAILURES,
    });
  }
}
