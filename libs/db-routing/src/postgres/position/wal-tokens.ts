import { type ConsistencyTokensOptions, PositionTokens } from '../../consistency/tokens';
import { walPositions } from './wal-position';

/** Signs the positions of sessions on PostgreSQL, and verifies the signatures. */
export class ConsistencyTokens extends PositionTokens {
  /** Throws ConfigurationError when a key, or the list of keys, is invalid. */
  constructor(options: ConsistencyTokensOptions) {
    super(options, walPositions);
  }
}
