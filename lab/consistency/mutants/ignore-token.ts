import { ConsistencyTokens } from '../../../libs/db-routing/src/consistency/token';
import { replaceMethod } from './replace';

/** Mutant: tokens are checked, and what they stand for is ignored. */
replaceMethod(ConsistencyTokens, 'open', (open) => (token, systemId) => {
  const opened = open(token, systemId);
  return 'position' in opened ? { ...opened, position: { ...opened.position, lsn: 0n } } : opened;
});
