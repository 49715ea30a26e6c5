/** How the values of a field are read from "matched", which has the assets that meet the filter. */
export interface FacetSource {
  /** Of "asset", that it needs. */
  readonly columns: readonly string[];
  /** A text, in the form that a filter takes. */
  readonly value: string;
  /** "matched" alone by default. */
  readonly from?: string;
  /** What spellings that differ in their case have in common, where they are one value, as they are for a filter. */
  readonly key?: string;
  /** Whether a spelling comes before others that are more common. */
  readonly isSettled?: string;
}

/** Every field, as constants of SQL. */
export const FACETS = {
  TYPE: { columns: ['mime_type'], value: 'mime_type' },
  STATE: { columns: ['state'], value: 'state::text' },
  ORIENTATION: { columns: ['orientation'], value: 'orientation::text' },
  TAG: { columns: ['tags'], value: 'tag', from: 'matched, unnest(tags) AS tag' },
  LABEL: {
    columns: [],
    value: 'name',
    // Each set may have a label of that name, and an asset all of them.
    from: `(SELECT DISTINCT ON (matched.id, name_key) name, name_key, label_set_id IS NOT NULL AS is_of_set
      FROM matched JOIN asset_label ON asset_id = matched.id AND asset_label.state <> 'REJECTED'
      JOIN label ON label.id = label_id AND label.deleted_at IS NULL
      ORDER BY matched.id, name_key, is_of_set DESC, name) AS labelled`,
    key: 'name_key',
    // Somebody has thought about it, while that of a label of no set is how it was typed first.
    isSettled: 'is_of_set',
  },
  CAMERA_MAKE: { columns: ['camera_make'], value: 'camera_make', key: 'lower(camera_make)' },
  CAMERA_MODEL: { columns: ['camera_model'], value: 'camera_model', key: 'lower(camera_model)' },
  LENS: { columns: ['lens'], value: 'lens', key: 'lower(lens)' },
  RATING: { columns: ['rating'], value: 'rating::text' },
  FAVOURITE: { columns: ['is_favourite'], value: 'is_favourite::text' },
  YEAR: { columns: ['captured_at'], value: `to_char(captured_at AT TIME ZONE 'UTC', 'YYYY')` },
  MONTH: { columns: ['captured_at'], value: `to_char(captured_at AT TIME ZONE 'UTC', 'YYYY-MM')` },
  UPLOADED_BY: { columns: ['uploaded_by_id'], value: 'uploaded_by_id::text' },
} as const satisfies Record<string, FacetSource>;

export type FacetField = keyof typeof FACETS;
export const FACET_FIELDS = Object.keys(FACETS) as FacetField[];
