import { PositionTokens } from '../../../libs/db-routing/src/consistency/position-tokens';
import { Lsn } from '../../../libs/db-routing/src/postgres/position/lsn';
import { replaceMethod } from './replace';

/** Mutant: tokens are checked, and what they stand for is ignored. */
replaceMethod(PositionTokens, 'open', (open) => (token, systemId) => {
  const opened = open(token, systemId);
  return 'position' in opened ? { ...opened, position: { ...opened.position, log: new Lsn(0n) } } : opened;
});
