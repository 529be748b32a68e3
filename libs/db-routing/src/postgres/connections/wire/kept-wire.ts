import type { PoolClient, QueryConfig } from 'pg';
import { clientInternals, connectionInternals } from '../../protocol/driver-internals';
import type { AnyResult, FullQueryConfig } from '../../protocol/query-types';
import type { TypeSource } from '../../protocol/rows/driver-parsers';
import { sqlStateMeans } from '../../sqlstates';
import { MessageWriter } from '../../protocol/wire/message-writer';
import type { PreparedUse } from './client-prepared-statements';
import { KeptExchange } from './kept-exchange';
import { tapOf } from './row-tap';
import type { WireCall, WireOutcome } from './wire-call';

/** Outside a transaction. */
const IDLE = 'I';

/** A statement that runs under its name. */
type KeptCall = WireCall & { readonly use: PreparedUse };

/** Sends prepared statements past the driver, one at a time, on its connection. */
export class KeptWire {
  #writer: MessageWriter | undefined;
  #lose: ((error: Error) => void) | undefined;

  /** Listens to the client until its end. */
  constructor(
    private readonly client: PoolClient,
    /** Called when the server answers. */
    private readonly onAnswer: () => void,
  ) {
    client.on('error', (error) => this.#lose?.(error));
    client.on('end', () => this.#lose?.(new Error('Connection terminated')));
  }

  /** Whether the statement may be sent now: nothing is in flight, and its results are texts. */
  mayTake(config: QueryConfig | string): boolean {
    const { readyForQuery, _activeQuery, _queryable } = clientInternals(this.client);
    const isBinary = typeof config !== 'string' && (config as FullQueryConfig).binary === true;
    const isFree = this.#lose === undefined && readyForQuery && !_activeQuery && _queryable;
    return isFree && !isBinary && tapOf(this.client) !== undefined;
  }

  /** `wantsPosition`: asks for the server's position behind the statement. */
  send(
    { use, config, values }: KeptCall,
    wantsPosition: boolean,
    onOver: (outcome: WireOutcome) => void,
  ): void {
    const { client } = this;
    const internals = clientInternals(client);
    const own = typeof config === 'string' ? undefined : (config as FullQueryConfig);
    let status: string | undefined;
    const over = (lost: Error | undefined): void => {
      this.#lose = undefined;
      const isLost = lost !== undefined && status === undefined;
      const failure = exchange.failure ?? (isLost ? lost : undefined);
      if (failure) {
        const isInDoubt = use.isKept && !exchange.isBound && !sqlStateMeans(failure, 'momentary');
        onOver({ failure, isLost, isInDoubt });
      } else {
        const { result, position } = exchange;
        onOver({ result: result as AnyResult, position, isOpen: status !== IDLE });
      }
    };
    const exchange: KeptExchange = new KeptExchange(
      {
        entry: use.entry,
        isKept: use.isKept,
        values: values ?? [],
        rowMode: own?.rowMode,
        ownTypes: own?.types as TypeSource | undefined,
        types: internals._types,
        wantsPosition,
      },
      {
        parsed: connectionInternals(client.connection).parsedStatements,
        onReady: (now) => {
          status ??= now;
          internals._txStatus = now;
          this.onAnswer();
        },
        onOver: () => over(undefined),
        onUnexpected: (error) => client.connection.stream.destroy(error),
      },
    );
    this.#lose = over;
    tapOf(client)?.expect(exchange);
    const { stream } = client.connection;
    this.#writer ??= new MessageWriter();
    if (stream.writable) stream.write(exchange.write(this.#writer));
  }
}
