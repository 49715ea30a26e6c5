import { MAX_DESCRIPTION, MAX_RIGHTS, MAX_TITLE } from '../assets/asset-fields.js';
import { MAX_IDS } from '../assets/assets.service.js';
import { MAX_DESCRIPTION_LENGTH, MAX_TEMPLATES } from '../labelling/label-rules.js';
import { MAX_FIRST } from '../pagination.js';

// Descriptions of fields in which nothing but a limit is to be said.

export const UP_TO_MAX_IDS = `Up to ${written(MAX_IDS)}.`;
export const UP_TO_MAX_FIRST = `Up to ${written(MAX_FIRST)}.`;
export const TITLE_LIMIT = `Up to ${MAX_TITLE} characters.`;
export const DESCRIPTION_LIMIT = `Up to ${written(MAX_DESCRIPTION)} characters.`;
export const RIGHTS_LIMIT = `Up to ${MAX_RIGHTS} characters.`;
/** Of labels and their sets. */
export const LABEL_DESCRIPTION_LIMIT = `Up to ${written(MAX_DESCRIPTION_LENGTH)} characters.`;
export const UP_TO_MAX_TEMPLATES = `Up to ${written(MAX_TEMPLATES)} prompts with {} for the label`;

/** As people write it: "1,000". */
export function written(limit: number): string {
  return limit.toLocaleString('en');
}
