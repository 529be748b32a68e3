import type { PoolClient } from 'pg';
import { ErrorVerdict } from '../../protocol/error-verdict';
import { sqlStateMeans } from '../../sqlstates';
import { RowQuery } from './row-query';
import type { WireCall, WireOutcome } from './wire-call';

/** Sends statements through the driver, several at a time. */
export class DriverWire {
  readonly #verdict: ErrorVerdict;

  constructor(
    private readonly client: PoolClient,
    /** Whether the server knows the names of statements at their next use. */
    private readonly keepsNames: boolean,
    /** Called when the server answers. */
    private readonly onAnswer: () => void,
  ) {
    this.#verdict = new ErrorVerdict(client);
  }

  send({ config, values, use }: WireCall, onOver: (outcome: WireOutcome) => void): void {
    const { client } = this;
    // The driver, given the configuration, would copy it with all its property descriptors.
    const query = new RowQuery(config, values, (error, result) => {
      this.onAnswer();
      if (!error) {
        onOver({ result, position: undefined, isOpen: client.getTransactionStatus() !== 'I' });
        return;
      }
      const isInDoubt = use?.isKept === true && !this.#verdict.isBound && !sqlStateMeans(error, 'momentary');
      this.#verdict.of(error, (isLost) => onOver({ failure: error, isLost, isInDoubt }));
    });
    if (use) query.name = use.entry.name;
    // Behind a pooler, only one of the server's connections would know the name that a caller has chosen.
    else if (!this.keepsNames) delete query.name;
    // Rows fetched in portions cannot be pipelined, and give the same result as rows fetched at once.
    query.rows = undefined;
    client.query(query);
  }
}
