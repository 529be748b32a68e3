import { RoutingError, TransientRoutingError } from './routing-error';

/** An option that cannot work; names the option, the value and the limit. */
export class ConfigurationError extends RoutingError {
  readonly code = 'CONFIGURATION_INVALID';

  constructor(
    readonly option: string,
    readonly value: unknown,
    readonly limit: string,
  ) {
    super(`${option} is ${typeof value === 'string' ? `'${value}'` : String(value)}: ${limit}`);
  }
}

/** No node could be reached within the time allowed for starting. */
export class DatabaseUnreachableError extends TransientRoutingError {
  readonly code = 'DATABASE_UNREACHABLE';

  constructor(
    readonly waitedMs: number,
    readonly reasons: Readonly<Record<string, string>>,
  ) {
    const nodes = Object.entries(reasons).map(([node, reason]) => `${node}: ${reason}`);
    super(`no database node could be used within ${Math.round(waitedMs)} ms (${nodes.join('; ')})`);
  }
}

/** A token was to be read or made where no keys are known, or it is not clear whose. */
export class NoConsistencyTokensError extends RoutingError {
  readonly code = 'NO_CONSISTENCY_TOKENS';

  constructor(readonly found: number) {
    super(
      found === 0
        ? 'no keys of consistency tokens are known here: give sessions.tokens to DbRoutingModule, or consistencyTokens to RoutedPool.start()'
        : `${found} pools of this process have keys of consistency tokens, and nothing says which is meant: run it in a Session`,
    );
  }
}

/** There is no pool, or more than one, to run a transaction on. */
export class NoTransactionManagerError extends RoutingError {
  readonly code = 'NO_TRANSACTION_MANAGER';

  constructor(
    readonly found: number,
    /** What was asked for; undefined: nothing was. */
    readonly dataSource?: string,
  ) {
    super(dataSource === undefined ? whichOf(found) : whichNamed(dataSource, found));
  }
}

function whichOf(found: number): string {
  return found === 0
    ? 'no RoutedPool has been started, so there is nothing to run a transaction on'
    : `${found} routed pools are open in this process and none is current: pass { dataSource }, its name or itself`;
}

function whichNamed(dataSource: string, found: number): string {
  return found === 0
    ? `no data source or pool is called '${dataSource}', so there is nothing to run a transaction on`
    : `${found} routed pools of this process are called '${dataSource}': pass { dataSource } itself`;
}
