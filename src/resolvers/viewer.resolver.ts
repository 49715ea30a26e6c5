import { Authorized, Ctx, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import type { ApiKeys } from '../access/api-keys.js';
import type { Libraries } from '../access/libraries.js';
import { filesPerRequest } from '../access/viewer.js';
import type { Config } from '../config.js';
import { ApiKey, Viewer } from '../schema/viewer.types.js';

@Resolver()
export class ViewerResolver {
  constructor(
    private readonly keys: ApiKeys,
    private readonly libraries: Libraries,
    private readonly limits: Pick<Config, 'maxUploadBytes' | 'maxPixels' | 'maxFilesPerRequest'>,
  ) {}

  @Authorized('VIEWER')
  @Query(() => Viewer, { description: 'Who asks, what their role is, and what they may send.' })
  async viewer(@Ctx() { viewer }: RequestContext): Promise<Viewer> {
    const { libraryId, role, keyId } = viewer;
    const { maxUploadBytes, maxPixels } = this.limits;
    return {
      role,
      key: keyId === null ? null : await this.keys.find(libraryId, keyId),
      library: await this.libraries.nameOf(libraryId),
      uploadLimits: { maxBytes: maxUploadBytes, maxPixels, maxFiles: filesPerRequest(viewer, this.limits) },
    };
  }

  @Authorized('ADMIN')
  @Query(() => [ApiKey], {
    description: 'The keys of the library, those that were revoked too, the oldest first: who is meant by an id.',
  })
  apiKeys(@Ctx() { viewer }: RequestContext): Promise<ApiKey[]> {
    return this.keys.ofLibrary(viewer.libraryId);
  }
}
