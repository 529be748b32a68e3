import type { SavedState } from './data-root';
import { DirectoryError } from '../errors';
import type { Platform } from '../platform';

/**
 * Throws DirectoryError when the data is from another major version, or from a backend with other access
 * rules.
 */
export function refuseOtherMaker(directory: string, saved: SavedState, platform: Platform): void {
  const { backend = 'embedded', majorVersion } = saved;
  if (majorVersion !== platform.majorVersion) {
    throw new DirectoryError(
      directory,
      `was made by PostgreSQL ${majorVersion}, and this is ${platform.majorVersion}; set CLUSTER_VERSION to ${majorVersion} to use it, or remove it to start over.`,
    );
  }
  if (backend !== platform.backend) {
    throw new DirectoryError(
      directory,
      `was made by the backend ${backend}, and this is ${platform.backend}; remove it to start over.`,
    );
  }
}
