import { registerEnumType } from 'type-graphql';
import { enumOf } from './enums.js';
import { AUTO_RELEVANCE, SEARCH_CUTOFFS } from '../search/cutoff.js';
import { SEARCH_MATCHES } from '../search/search-pages.js';
import { SEARCH_MODES } from '../search/text-search.js';

export const SearchMode = enumOf(SEARCH_MODES);
export const SearchCutoff = enumOf(SEARCH_CUTOFFS);
export const MatchKind = enumOf(SEARCH_MATCHES);

registerEnumType(SearchMode, {
  name: 'SearchMode',
  valuesConfig: {
    SEMANTIC: { description: 'By what pictures show. Every READY asset is found, sooner or later.' },
    KEYWORD: {
      description:
        'By the words in title, tags, accepted labels with their synonyms, description, file name, creator, credit and copyright: all of them, the last one also as a beginning; spelled nearly so where nothing has them as they are. A phrase of hardly more than words such as "the", and an emoji or another symbol but those of ASCII, "°", "©", "®" and "™", is found as it is written. Such words alone are looked for in titles, tags and file names; beside others they do not count.',
    },
    HYBRID: { description: 'Both rankings fused by the places in each; an exact name or phrase is among the first 3.' },
  },
});
registerEnumType(MatchKind, { name: 'MatchKind' });
registerEnumType(SearchCutoff, {
  name: 'SearchCutoff',
  valuesConfig: {
    AUTO: {
      description: `Only what has a relevance of ${AUTO_RELEVANCE} or more, or whose words match: as a rule nothing, where nothing fits.`,
    },
    NONE: { description: 'Everything, in its order.' },
  },
});
