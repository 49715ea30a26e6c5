import type { Judgement } from './cross-validate.js';
import type { HeadMetrics } from './head-metrics.js';
import type { HeadVersion } from './label-heads.js';
import { countsOf, measure, thresholdFor, type Measures, type ProbabilityBins } from './probability-bins.js';
import { showsBoundary, type DecisionCounts } from './taught-labels.js';
import type { LabelSetWithLabels } from '../label-sets.service.js';

/** With measures that are null for a label whose decisions do not show where it ends, see `showsBoundary`. */
export interface LabelQuality extends DecisionCounts {
  readonly labelId: string;
  readonly name: string;
  /** That which is in force, 0 to 1. */
  readonly threshold: number;
  readonly before: Measures;
  readonly after: Measures;
  /** For the wanted precision; null where no threshold is enough, or there are too few examples. */
  readonly suggestedThreshold: number | null;
}

export interface LabelSetQuality {
  readonly labelSetId: string;
  readonly modelId: string;
  /** The head that the figures are of: the one that answers, else the newest; null before the first training. */
  readonly head: HeadVersion | null;
  /** Whether that head answers. */
  readonly isActive: boolean;
  readonly before: Judgement | null;
  readonly after: Judgement | null;
  readonly labels: readonly LabelQuality[];
  /** All that are kept, the newest first. */
  readonly versions: readonly HeadVersion[];
}

/** That which answers, else the newest. @param heads of the set and a model, the newest first */
export function shownHead(set: LabelSetWithLabels, heads: readonly HeadVersion[]): HeadVersion | null {
  return heads.find((head) => isAnswering(set, head)) ?? heads[0] ?? null;
}

/** One that learned while its labels competed otherwise has nothing to say of them, see `LabelSetScorers`. */
function isAnswering(set: LabelSetWithLabels, { state, isExclusive }: HeadVersion): boolean {
  return state === 'ACTIVE' && isExclusive === set.isExclusive;
}

/**
 * @param heads of the set and that model, the newest first
 * @param metrics of the one that is shown; null where there is none
 */
export function toQuality(
  set: LabelSetWithLabels,
  modelId: string,
  heads: readonly HeadVersion[],
  metrics: HeadMetrics | null,
  wantedPrecision: number,
): LabelSetQuality {
  const head = shownHead(set, heads);
  const isActive = head !== null && isAnswering(set, head);
  const labels = set.labels.map(({ id, name, threshold: own }) => {
    const bins = metrics?.labels[head!.labelIds.indexOf(id)] ?? NONE;
    const counts = countsOf(bins.prior);
    const { prior, learned } = head && showsBoundary(counts, head.isExclusive) ? bins : NONE;
    const threshold = own ?? set.threshold;
    return {
      labelId: id,
      name,
      ...counts,
      threshold,
      before: measure(prior, threshold),
      after: measure(learned, threshold),
      suggestedThreshold: thresholdFor(isActive ? learned : prior, wantedPrecision),
    };
  });
  return {
    labelSetId: set.id,
    modelId,
    head,
    isActive,
    before: metrics?.prior ?? null,
    after: metrics?.learned ?? null,
    labels,
    versions: heads,
  };
}

const NONE = { prior: [], learned: [] } as const satisfies Record<string, ProbabilityBins>;
