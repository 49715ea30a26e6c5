import { expect, test } from 'vitest';
import { cellsNear, colourCells, labOf } from '#dist/assets/colour-cells.js';

const hexOf = (value: number) => `#${value.toString(16).padStart(6, '0')}`;
/** Every 40,961st colour, and all greys. */
const COLOURS = [
  ...Array.from({ length: 410 }, (_, index) => hexOf(index * 40_961)),
  ...Array.from({ length: 256 }, (_, level) => hexOf(level * 0x010101)),
];
const distance = (one: string, other: string) => {
  const [a, b] = [labOf(one), labOf(other)];
  return Math.hypot(...a.map((value, axis) => value - b[axis]!));
};

// From Bruce Lindbloom's calculator (http://www.brucelindbloom.com), sRGB and D65.
test.each([
  ['#ffffff', [100, 0, 0]],
  ['#000000', [0, 0, 0]],
  ['#ff0000', [53.24, 80.09, 67.2]],
  ['#00ff00', [87.74, -86.18, 83.18]],
  ['#0000ff', [32.3, 79.19, -107.86]],
  ['#808080', [53.59, 0, 0]],
])('%s is %j in L*a*b*', (hex, lab) => {
  labOf(hex).forEach((value, axis) => expect(value).toBeCloseTo(lab[axis]!, 1));
});

test('the cells near a colour are those of all colours within the distance, and of none that is far', () => {
  for (const hex of ['#c04030', '#808080', '#0000ff', '#ffffff', '#12ab7f'])
    for (const most of [0, 5, 15, 40]) {
      const cells = new Set(cellsNear(hex, most));
      const wrong = COLOURS.filter((other) => {
        const isFound = colourCells([other]).some((cell) => cells.has(cell));
        // A cell is eight wide, and so 13.9 from corner to corner.
        return isFound ? distance(hex, other) > most + 13.9 : distance(hex, other) <= most;
      });
      expect(wrong, `near ${hex}`).toEqual([]);
    }
});

test('there are at most some hundreds of cells to look for', () => {
  expect(Math.max(...COLOURS.map((hex) => cellsNear(hex, 40).length))).toBeLessThan(1_000);
  expect(Math.max(...COLOURS.map((hex) => cellsNear(hex).length))).toBeLessThan(120);
});

test('what is no colour is in no cell', () => {
  expect(colourCells(['red', '#fff', '', '#00000g'])).toEqual([]);
  expect(colourCells(['#000000', '#010101', '#FFFFFF'])).toHaveLength(2);
});
