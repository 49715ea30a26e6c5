import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import pLimit from 'p-limit';
import { Arg, Args, Authorized, Ctx, Extensions, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toIncomingFile } from './uploads.js';
import type { IngestOutcome, IngestService } from '../assets/ingest.service.js';
import { SameContent } from '../assets/same-content.js';
import { ERROR_CODES } from '../errors.js';
import { AssetInput } from '../schema/asset.inputs.js';
import { DuplicateAsset, RejectedUpload, UploadedAsset, UploadOutcome } from '../schema/payload.types.js';
import { Upload } from '../schema/scalars.js';
import { UploadAssetArgs } from '../schema/upload.inputs.js';

/** Files of one request that are stored at the same time. They arrive one after the other. */
const CONCURRENCY = 4;

type Outcome = UploadedAsset | DuplicateAsset | RejectedUpload;

@Resolver()
export class UploadResolver {
  constructor(private readonly ingest: IngestService) {}

  @Authorized('EDITOR')
  @Mutation(() => UploadOutcome, { description: 'Stores a picture; it is PENDING until it has been processed.' })
  async uploadAsset(
    @Ctx() { viewer }: RequestContext,
    @Args(() => UploadAssetArgs) { file, input }: UploadAssetArgs,
  ): Promise<Outcome> {
    return toOutcome(await this.ingest.ingest(viewer, toIncomingFile(file), input));
  }

  @Extensions({ length: 'files' })
  @Authorized('EDITOR')
  @Mutation(() => [UploadOutcome], {
    description:
      'Stores pictures: one outcome a file, in their order. A bad file does not keep the others out. Of several with ' +
      'the same content the first one is the UploadedAsset. Of a request that is ' +
      'cut off, the files that had come whole are kept, with its input: sent again, each is a DuplicateAsset, to which no ' +
      'input is applied.',
  })
  uploadAssets(
    @Ctx() { viewer }: RequestContext,
    @Arg('files', () => [Upload]) files: Promise<FileUpload>[],
    @Arg('input', () => AssetInput, { nullable: true, description: 'Said of every one of them.' }) input?: AssetInput,
  ): Promise<Outcome[]> {
    const contents = new SameContent();
    return pLimit(CONCURRENCY).map(files, async (file) =>
      toOutcome(await this.ingest.ingest(viewer, toIncomingFile(file), input, contents.place())),
    );
  }
}

function toOutcome(outcome: IngestOutcome): Outcome {
  switch (outcome.type) {
    case 'uploaded':
      return Object.assign(new UploadedAsset(), { asset: outcome.asset });
    case 'duplicate':
      return Object.assign(new DuplicateAsset(), { asset: outcome.asset });
    case 'rejected': {
      const { originalName, code, message } = outcome;
      return Object.assign(new RejectedUpload(), {
        originalName,
        code,
        message,
        isRetryable: ERROR_CODES[code].isRetryable,
      });
    }
  }
}
