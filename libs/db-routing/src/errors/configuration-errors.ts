import { RoutingError, TransientRoutingError } from './routing-error';

/** An option has a value that cannot work. Names the option, the value and the limit. */
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

/**
 * A consistency token was to be read or made, but no pool of the process has token keys, or several do and
 * none is current.
 */
export class NoConsistencyTokensError extends RoutingError {
  readonly code = 'NO_CONSISTENCY_TOKENS';

  constructor(readonly found: number) {
    super(
      found === 0
        ? 'no pool of this process has consistency token keys: give sessions.tokens to DbRoutingModule, ' +
            'or consistencyTokens to RoutedPool.start()'
        : `${found} pools of this process have consistency token keys, and nothing says which one is meant: ` +
            'run this in a Session',
    );
  }
}

/** Code asked for a transaction, but no pool is open, or several are and none is current. */
export class NoTransactionManagerError extends RoutingError {
  readonly code = 'NO_TRANSACTION_MANAGER';

  constructor(
    readonly found: number,
    /** The name that the caller asked for; undefined when it gave none. */
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
