import type { Capture } from './metadata.capture.js';
import type { Asset } from '../database/generated/client.js';

const DATE = ['capturedAt'] as const;
const CAMERA = ['cameraMake', 'cameraModel', 'lens'] as const;
const POSITION = ['latitude', 'longitude', 'altitudeMetres'] as const;
/** What of it a person may say. */
export const SAYABLE_CAPTURE = [...DATE, ...POSITION] as const;

type Known = Capture & Pick<Asset, 'settledFields'>;

/** What the first of them knows of each: a date, a camera, a place; none is put together of two. */
export function firstKnown(all: readonly [Capture, ...Capture[]]): Capture {
  return { ...firstWith(all, DATE), ...firstWith(all, CAMERA), ...firstWith(all, POSITION) };
}

/** Of what `firstKnown` takes, that which a person has said. */
export function settledOfFirst(all: readonly [Known, ...Known[]]): string[] {
  return [DATE, POSITION].flatMap((fields) => {
    const { settledFields } = giverOf(all, fields);
    return fields.filter((field) => settledFields.includes(field));
  });
}

/** What is known of an asset whose file was read: what a person says, or else the file, or else what was known before. */
export function knownOnceRead(read: Capture, asset: Known): Capture {
  const said = SAYABLE_CAPTURE.filter((field) => asset.settledFields.includes(field));
  return { ...firstKnown([read, asset]), ...fieldsOf(asset, said) };
}

function firstWith<Field extends keyof Capture>(
  all: readonly [Capture, ...Capture[]],
  fields: readonly Field[],
): Pick<Capture, Field> {
  return fieldsOf(giverOf(all, fields), fields);
}

function giverOf<Each extends Capture>(all: readonly [Each, ...Each[]], fields: readonly (keyof Capture)[]): Each {
  return all.find((each) => fields.some((field) => each[field] !== null)) ?? all[0];
}

function fieldsOf<Field extends keyof Capture>(capture: Capture, fields: readonly Field[]): Pick<Capture, Field> {
  return Object.fromEntries(fields.map((field) => [field, capture[field]])) as Pick<Capture, Field>;
}
