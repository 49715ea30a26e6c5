/**
 * How many slips make one word of another: a character left out, one too many, another one, or two neighbours exchanged
 * (the optimal string alignment distance).
 */
export function editDistance(from: string, to: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, length) => length)];
  for (let row = 1; row <= from.length; row++) {
    const distances = [row];
    for (let column = 1; column <= to.length; column++) {
      const isOther = from[row - 1] !== to[column - 1];
      const isExchanged = isOther && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      distances.push(
        Math.min(
          last[column]! + 1,
          distances[column - 1]! + 1,
          last[column - 1]! + Number(isOther),
          isExchanged ? before[column - 2]! + 1 : Infinity,
        ),
      );
    }
    [before, last] = [last, distances];
  }
  return last[to.length]!;
}
