import type { NodeAddress } from '../../engine/node-address';
import { parseConnectionUrl } from './connection-url';
import { urlSettings } from './url-settings';

/** The nodes that a URL names. Throws ConfigurationError for one that a pool could not use; it repeats no part of it. */
export function connectionNodes(url: string): readonly NodeAddress[] {
  const { nodes, parameters } = parseConnectionUrl(url);
  urlSettings(parameters.reveal());
  return nodes;
}
