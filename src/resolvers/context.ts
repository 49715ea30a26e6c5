import DataLoader from 'dataloader';
import type { AuthChecker } from 'type-graphql';
import { requireRole, type Viewer } from '../access/viewer.js';
import type { Role } from '../database/generated/enums.js';
import type { Assignment, LabelsService } from '../labelling/labels.service.js';

/** What every resolver knows of the request that it serves. */
export interface RequestContext {
  readonly viewer: Viewer;
  /** Address of the server as the client reaches it, without a slash at its end. */
  readonly baseUrl: string;
  /** The labels of many assets in one statement. */
  readonly labelsByAsset: DataLoader<string, Assignment[]>;
}

export function createContext(viewer: Viewer, baseUrl: string, labels: LabelsService): RequestContext {
  return { viewer, baseUrl, labelsByAsset: new DataLoader((ids) => labels.ofAssets(viewer, ids), { cache: false }) };
}

/** Every query, mutation and subscription names the least role that may use it. @throws FORBIDDEN */
export const checkRole: AuthChecker<RequestContext, Role> = ({ context }, roles) => {
  for (const role of roles) requireRole(context.viewer, role);
  return true;
};
