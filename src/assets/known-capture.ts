import type { Capture } from './metadata.capture.js';

const CAMERA = ['cameraMake', 'cameraModel', 'lens'] as const;
const POSITION = ['latitude', 'longitude', 'altitudeMetres'] as const;

/** What the first of them knows of each: a date, a camera, a place; none is put together of two. */
export function firstKnown(all: readonly [Capture, ...Capture[]]): Capture {
  return {
    capturedAt: all.find(({ capturedAt }) => capturedAt !== null)?.capturedAt ?? null,
    ...firstWith(all, CAMERA),
    ...firstWith(all, POSITION),
  };
}

function firstWith<Field extends keyof Capture>(
  all: readonly [Capture, ...Capture[]],
  fields: readonly Field[],
): Pick<Capture, Field> {
  const given = all.find((each) => fields.some((field) => each[field] !== null)) ?? all[0];
  return Object.fromEntries(fields.map((field) => [field, given[field]])) as Pick<Capture, Field>;
}
