import { type ConsistencyTokensOptions, PositionTokens } from '../../consistency/position-tokens';
import { walPositions } from './wal-position';

/** Signs the positions of PostgreSQL sessions, and verifies them. */
export class ConsistencyTokens extends PositionTokens {
  /** Throws ConfigurationError. */
  constructor(options: ConsistencyTokensOptions) {
    super(options, walPositions);
  }
}
