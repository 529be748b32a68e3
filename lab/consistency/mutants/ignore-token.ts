import type * as Tokens from '../../../libs/db-routing/src/consistency/consistency-token';
import type * as Lsns from '../../../libs/db-routing/src/postgres/position/lsn';
import { internal } from '../../db-routing-internals';
import { replaceMethod } from './replace';

const { PositionTokens } = internal('consistency/consistency-token') as typeof Tokens;
const { Lsn } = internal('postgres/position/lsn') as typeof Lsns;

/** Mutant: checks tokens but ignores their position. */
replaceMethod(PositionTokens, 'open', (open) => (token, systemId) => {
  const opened = open(token, systemId);
  return 'position' in opened ? { ...opened, position: { ...opened.position, log: new Lsn(0n) } } : opened;
});
