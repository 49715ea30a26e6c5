import { SETTINGS } from './config.js';
import { editDistance } from './edit-distance.js';
import { SHARED_PARTS } from './process-config.js';
import type { GivenSettings } from './setting-rules.js';

// A store that is named by a mistyped variable is not used: an empty library in the data directory is served instead of it.

const NAMES = SETTINGS.map(({ name }) => name);
/** Those of the stores begin so, and hardly a variable of another program. */
const STORE_PREFIXES = ['S3_', 'QDRANT_'];
/** What Kubernetes sets beside a service that is called qdrant, and Qdrant's own settings. */
const FOREIGN = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT(_\d+_\w+)?$|^QDRANT__/;

/**
 * A sentence about each variable that looks like a setting and is none, and about each store whose variable is empty.
 * @param environment all variables
 * @param given the settings of the command, by variables or flags
 */
export function settingWarnings(environment: GivenSettings, given: GivenSettings): string[] {
  const unset = NAMES.filter((name) => !environment[name] && !given[name]);
  const strangers = Object.keys(environment).filter((name) => !NAMES.includes(name) && !FOREIGN.test(name));
  return [
    ...strangers.flatMap((name) => {
      const prefix = STORE_PREFIXES.find((start) => name.startsWith(start));
      const meant = nearest(name, unset, prefix);
      if (meant === undefined && prefix === undefined) return [];
      return `${name} is no setting and is passed over: ${meant ? `${meant} is one` : '--help shows those there are'}`;
    }),
    ...Object.keys(SHARED_PARTS)
      .filter((name) => given[name] === '')
      .map((name) => `${name} is set but empty: what it is for is in the data directory`),
  ];
}

function nearest(name: string, known: readonly string[], prefix: string | undefined): string | undefined {
  const most = (other: string) => (prefix && other.startsWith(prefix) ? 3 : mostSlips(other));
  const [found] = known
    // Of another length by more than that, it is none; to compare each variable of a process with each setting took 40 ms.
    .filter((other) => Math.abs(other.length - name.length) <= most(other))
    .map((other) => ({ other, slips: editDistance(name, other) }))
    .filter(({ other, slips }) => slips <= most(other))
    .sort((a, b) => a.slips - b.slips);
  return found?.other;
}

/** Short names are everybody's: HOST and PORT, and what differs from them by one letter. */
function mostSlips({ length }: string): number {
  if (length < 8) return 0;
  return length < 13 ? 1 : 2;
}
