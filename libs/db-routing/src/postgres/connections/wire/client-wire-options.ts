import type { Clock } from '../../../clock';
import type { Liveness } from '../../protocol/liveness';
import type { ClientPreparedStatements } from './client-prepared-statements';

export interface ClientWireOptions {
  readonly clock: Clock;
  /** Undefined: the wire prepares no statements. */
  readonly statements: ClientPreparedStatements | undefined;
  /** How long a caller waits if the statement itself does not set a limit; undefined: without limit. */
  readonly queryTimeoutMs: number | undefined;
  /**
   * After this long without an answer, and again each time as much has passed, the wire asks what the backend
   * does.
   */
  readonly answerDeadlineMs: number;
  /** Asks the server what the backend with this process id does. */
  readonly livenessOf: (processId: number) => Promise<Liveness>;
}
