import { Arg, Args, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toUserErrors } from './payloads.js';
import { WORK } from './work.js';
import type { AgreementService } from '../labelling/agreement.service.js';
import { formatLabelSet, parseLabelSet, type LabelSetFormat as Format } from '../labelling/label-set-files.js';
import type { LabelSetsService } from '../labelling/label-sets.service.js';
import { READY_MADE_SETS, type ReadyMadeSet } from '../labelling/ready-made-sets.js';
import { orRefusal } from '../labelling/refusals.js';
import {
  ImportLabelSetArgs,
  LabelSetAgreement,
  LabelSetFormat,
  ReadyMadeLabelSet,
} from '../schema/label-set-files.types.js';
import { LabelSetPayload } from '../schema/label-set.types.js';

/** Sets that come and go as files, and how well they do. */
@Resolver()
export class LabelSetFilesResolver {
  constructor(
    private readonly sets: LabelSetsService,
    private readonly agreement: AgreementService,
  ) {}

  @Authorized('EDITOR')
  @Mutation(() => LabelSetPayload, { description: 'Makes a set of a file, all or nothing.' })
  async importLabelSet(
    @Ctx() { viewer }: RequestContext,
    @Args(() => ImportLabelSetArgs) { format, content, name, isExclusive }: ImportLabelSetArgs,
  ): Promise<LabelSetPayload> {
    const { value, refusal } = await orRefusal(async () => {
      const file = parseLabelSet(format, content);
      return this.sets.create(viewer, {
        ...file,
        name: name ?? file.name ?? '',
        isExclusive: isExclusive ?? file.isExclusive ?? false,
      });
    });
    return { labelSet: value, userErrors: toUserErrors(refusal) };
  }

  @Authorized('VIEWER')
  @Query(() => String, {
    complexity: WORK.file,
    nullable: true,
    description: 'What `importLabelSet` reads; null when there is no such set.',
  })
  async exportLabelSet(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
    @Arg('format', () => LabelSetFormat) format: Format,
  ): Promise<string | null> {
    const set = await this.sets.find(viewer, id);
    return set && formatLabelSet(format, set);
  }

  @Authorized('EDITOR')
  @Mutation(() => LabelSetPayload, { description: 'Makes a set of your own of one that ships, to be changed at will.' })
  async createReadyMadeLabelSet(
    @Ctx() { viewer }: RequestContext,
    @Arg('readyMade', () => ReadyMadeLabelSet) readyMade: ReadyMadeSet,
    @Arg('name', () => String, { nullable: true }) name?: string,
  ): Promise<LabelSetPayload> {
    const set = READY_MADE_SETS[readyMade];
    const { value, refusal } = await orRefusal(() => this.sets.create(viewer, { ...set, name: name ?? set.name }));
    return { labelSet: value, userErrors: toUserErrors(refusal) };
  }

  @Authorized('LABELLER')
  @Query(() => LabelSetAgreement, { nullable: true, description: 'Null when there is no such set.' })
  async labelSetAgreement(
    @Ctx() { viewer }: RequestContext,
    @Arg('labelSetId', () => ID) labelSetId: string,
  ): Promise<LabelSetAgreement | null> {
    const found = await this.agreement.of(viewer, labelSetId);
    return (
      found && {
        confusion: found.confusion,
        labels: found.labels.map((each) => {
          const decided = each.accepted + each.rejected;
          return { ...each, agreement: decided === 0 ? null : each.accepted / decided };
        }),
      }
    );
  }
}
