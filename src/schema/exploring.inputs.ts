import { ArgsType, Field, Int, registerEnumType } from 'type-graphql';
import { PageArgs } from './asset.inputs.js';
import { enumOf } from './enums.js';
import { AssetFilterInput, GeoBoxInput } from './filter.inputs.js';
import { DEFAULT_GROUPS, MAX_VOCABULARY } from '../exploring/exploring.service.js';
import { DEFAULT_CLUSTERS, MAX_CLUSTERS, MAX_ZOOM } from '../exploring/map-clusters.js';
import { MAX_GROUPS } from '../exploring/picture-groups.js';
import { TIMELINE_UNITS, type TimelineUnit as TimelineUnitName } from '../exploring/timeline.js';

export const TimelineUnit = enumOf(TIMELINE_UNITS);
registerEnumType(TimelineUnit, { name: 'TimelineUnit' });

@ArgsType()
export class TimelineArgs {
  @Field(() => TimelineUnit, { defaultValue: 'MONTH' })
  by!: TimelineUnitName;

  @Field(() => String, {
    defaultValue: 'UTC',
    description:
      'Where days begin, such as "Europe/Paris". A camera that names no time zone is taken for UTC: with UTC here, its days are those of its clock.',
  })
  timeZone!: string;

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;
}

@ArgsType()
export class MapArgs {
  @Field(() => GeoBoxInput)
  box!: GeoBoxInput;

  @Field(() => Int, {
    description: `0 to ${MAX_ZOOM}, as maps on the web count it: the world is 256 pixels wide at 0.`,
  })
  zoom!: number;

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;

  @Field(() => Int, { defaultValue: DEFAULT_CLUSTERS, description: `${MAX_CLUSTERS} at most.` })
  limit!: number;
}

@ArgsType()
export class RandomAssetsArgs extends PageArgs {
  @Field(() => String, { description: 'Any text of 1 to 200 characters: the same one gives the same order.' })
  seed!: string;

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;
}

@ArgsType()
export class ClustersArgs {
  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;

  @Field(() => Int, { defaultValue: DEFAULT_GROUPS, description: `How many, ${MAX_GROUPS} at most.` })
  k!: number;

  @Field(() => [String], {
    nullable: true,
    description: `Words to name clusters with, ${MAX_VOCABULARY} at most; common subjects of pictures by default.`,
  })
  vocabulary?: string[];
}
