import { spawnSync } from 'node:child_process';

/** What starts a program that may read what its user may, also where that is root; null where there is no such way. */
export const WITHOUT_ACCESS = ((): readonly string[] | null => {
  if (process.getuid?.() !== 0) return process.platform === 'win32' ? null : [];
  const launcher = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
  return spawnSync(launcher[0]!, [...launcher.slice(1), 'true']).status === 0 ? launcher : null;
})();
