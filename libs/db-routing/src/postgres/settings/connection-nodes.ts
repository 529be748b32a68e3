import type { NodeAddress } from '../../engine/node-address';
import { parseConnectionUrl } from './connection-url';
import { urlSettings } from './url-settings';

/**
 * Returns the nodes that a URL names. Throws ConfigurationError when a pool could not use the URL; the error
 * repeats no part of it but a parameter that is wrong, and that only in a URL without `?password=`.
 */
export function connectionNodes(url: string): readonly NodeAddress[] {
  const target = parseConnectionUrl(url);
  urlSettings(target);
  return target.nodes;
}
