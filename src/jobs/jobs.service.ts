import type { Libraries } from '../access/libraries.js';
import type { Viewer } from '../access/viewer.js';
import type { Job } from '../database/generated/client.js';
import type { JobKind, JobState } from '../database/generated/enums.js';
import { pageOfLatest } from '../page-of-latest.js';
import type { Edge, Page, PageRequest } from '../pagination.js';

export interface JobCounts {
  readonly queued: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  /** The share that has ended, 0 to 1; 1 when there are none. */
  readonly progress: number;
}

/** What is under way in a library, and what became of it. */
export class JobsService {
  constructor(private readonly libraries: Libraries) {}

  /** The latest first. @throws INVALID_ARGUMENT, INVALID_CURSOR */
  async list(
    { libraryId }: Viewer,
    { kind, states, ...page }: { kind?: JobKind | null; states?: readonly JobState[] | null } & PageRequest,
  ): Promise<Page<Edge<Job>>> {
    const chosen = { ...(kind && { kind }), ...(states && { state: { in: [...states] } }) };
    return pageOfLatest('jobs', page, ({ where, ...query }) =>
      this.libraries.rows(libraryId).job.findMany({ where: { ...chosen, ...where }, ...query }),
    );
  }

  async count({ libraryId }: Viewer, kind?: JobKind | null): Promise<JobCounts> {
    const groups = await this.libraries.rows(libraryId).job.groupBy({
      by: 'state',
      _count: true,
      ...(kind && { where: { kind } }),
    });
    const of = (state: JobState) => groups.find((group) => group.state === state)?._count ?? 0;
    const counts = { queued: of('QUEUED'), running: of('RUNNING'), succeeded: of('SUCCEEDED'), failed: of('FAILED') };
    const ended = counts.succeeded + counts.failed;
    const total = ended + counts.queued + counts.running;
    return { ...counts, progress: total === 0 ? 1 : ended / total };
  }
}
