import { FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { SearchConnection } from '../schema/search.types.js';
import type { SearchResult } from '../search/search.service.js';

/** What of a search costs something, and is computed for those only who ask for it. */
@Resolver(() => SearchConnection)
export class SearchFieldsResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'About how many assets fit by what they show: with at least minRelevance, or that of AUTO without. An estimate, for what only words find does not count, and of more than 1,000 it is the share of a sample. By words alone (KEYWORD) it is how many they find before near duplicates are collapsed, exact; else null where relevance is.',
  })
  estimatedTotal(@Root() result: SearchResult): Promise<number | null> {
    return result.estimateTotal();
  }
}
