import { Extensions, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Asset } from './asset.types.js';
import { LENGTH } from './lengths.js';
import { DateTime } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'The assets of a year, month or day, by when they were captured.' })
export class TimelineBucket {
  @Field(() => String, { description: 'As ISO 8601 writes it: "2024", "2024-05" or "2024-05-17".' })
  date!: string;

  @Field(() => DateTime, { description: 'With end, the range of capturedAt that lists exactly these assets.' })
  start!: Date;

  @Field(() => DateTime, { description: 'Its last millisecond.' })
  end!: Date;

  @Field(() => Int)
  count!: number;
}

@ObjectType({ simpleResolvers: true })
export class Timeline {
  @Extensions({ length: LENGTH.buckets })
  @Field(() => [TimelineBucket], { description: 'The latest first; those without an asset are left out.' })
  buckets!: readonly TimelineBucket[];

  @Field(() => Int, { description: 'Assets that do not say when they were captured. They are in no bucket.' })
  undatedCount!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Degrees, WGS 84.' })
export class MapBounds {
  @Field(() => Float)
  west!: number;

  @Field(() => Float)
  south!: number;

  @Field(() => Float)
  east!: number;

  @Field(() => Float)
  north!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Assets that lie near to each other at a zoom.' })
export class MapCluster {
  @Field(() => Int)
  count!: number;

  @Field(() => Float, { description: 'The mean of its assets.' })
  latitude!: number;

  @Field(() => Float, { description: 'The mean of its assets.' })
  longitude!: number;

  @Field(() => MapBounds, { description: 'The least box with all of its assets.' })
  bounds!: MapBounds;

  @Field(() => Asset, {
    nullable: true,
    description: 'The best rated of its assets, of those the latest; null if it was deleted this very moment.',
  })
  asset!: Asset | null;
}

@ObjectType({ simpleResolvers: true })
export class MapClusters {
  @Field(() => [MapCluster], { description: 'The largest first.' })
  clusters!: readonly MapCluster[];

  @Field(() => Int, { description: 'Assets in the box, also those of clusters beyond the limit.' })
  totalCount!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Pictures that are alike.' })
export class PictureCluster {
  @Field(() => String, {
    nullable: true,
    description: 'The word that sets it apart from the other clusters most. Null where the vocabulary has none left.',
  })
  name!: string | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'By how much the cosine of that word is above its mean to the other clusters: the more, the better it fits. Compare within one answer only.',
  })
  nameScore!: number | null;

  @Field(() => Float, { description: 'Mean cosine of its assets and their mean: 1 where all are the same.' })
  cohesion!: number;

  @Field(() => Int, { description: 'Assets of the sample in it.' })
  size!: number;

  @Field(() => [Asset], { description: 'The four that are most like all of it.' })
  representatives!: readonly Asset[];

  @Field(() => [ID], { description: 'All of the sample in it, those most like all of it first.' })
  assetIds!: readonly string[];
}

@ObjectType({ simpleResolvers: true })
export class PictureClusters {
  @Field(() => [PictureCluster], { description: 'The largest first.' })
  clusters!: readonly PictureCluster[];

  @Field(() => Int, { description: 'The READY assets that were grouped: all that meet the filter, or 2,000 of them.' })
  sampleSize!: number;
}
