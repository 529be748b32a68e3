import type { PoolClient, QueryConfig } from 'pg';
import { Bag } from '../../../bag';
import { KEPT_POSITION_QUERY } from '../../position/position-query';
import { clientInternals, connectionInternals } from '../../protocol/driver-internals';
import { OWN_TYPES } from '../../protocol/own-types';
import type { AnyResult, FullQueryConfig } from '../../protocol/query-types';
import type { TypeSource } from '../../protocol/rows/driver-parsers';
import { MessageWriter } from '../../protocol/wire/message-writer';
import { type ExchangeLine, ExchangeUnderWay } from './exchange-under-way';
import { GroupExchange } from './group-exchange';
import { KeptExchange } from './kept-exchange';
import { namedControl } from './named-controls';
import { tapOf } from './row-tap';
import { type ParsedNames, StatementExchange } from './statement-exchange';
import type { WireCall, WireOutcome } from './wire-call';

/** Outside a transaction. */
const IDLE = 'I';

type OnOver = (outcome: WireOutcome) => void;

/** A group whose statements are still being collected. */
interface OpenGroup {
  readonly exchange: GroupExchange;
  readonly members: { readonly statement: StatementExchange; readonly onOver: OnOver }[];
}

export interface ExchangeWireOptions {
  /** Whether the server knows the names of statements at their next use. */
  readonly keepsNames: boolean;
  /** Called when the server answers. */
  readonly onAnswer: () => void;
}

/** Sends statements past the driver, on its connection. */
export class ExchangeWire {
  #writer: MessageWriter | undefined;
  #group: OpenGroup | undefined;
  readonly #line: ExchangeLine;

  /** Listens to the client until its end. */
  constructor(
    private readonly client: PoolClient,
    private readonly options: ExchangeWireOptions,
  ) {
    this.#line = { client, underWay: new Bag(), onAnswer: options.onAnswer };
    client.on('error', (error) => this.#loseAll(error));
    client.on('end', () => this.#loseAll(new Error('Connection terminated')));
  }

  /**
   * Whether the statement may be sent now: the driver has nothing in flight, the caller has not named the
   * statement, and its results are texts.
   */
  mayTake(config: QueryConfig | string): boolean {
    const { readyForQuery, _activeQuery, _queryable, _ending } = clientInternals(this.client);
    const isFree = readyForQuery && !_activeQuery && _queryable && !_ending;
    const isOrdinary =
      typeof config === 'string' ||
      config === KEPT_POSITION_QUERY ||
      (config.name === undefined && (config as FullQueryConfig).binary !== true);
    return isFree && isOrdinary && tapOf(this.client) !== undefined;
  }

  /** Sends one statement; `wantsPosition`: and asks for the server's position behind it. */
  send(call: WireCall, wantsPosition: boolean, onOver: OnOver): void {
    const statement = this.#exchangeOf(call);
    const owner = new ExchangeUnderWay(this.#line, (lost, status) =>
      onOver(outcomeOf(statement, lost, status, exchange.position)),
    );
    const exchange = new KeptExchange(statement, { parsed: this.#parsed, wantsPosition }, owner);
    this.#write(exchange);
  }

  /** Adds a statement to those of this turn of the event loop, which share a packet and a Sync. */
  join(call: WireCall, onOver: OnOver): void {
    const group = (this.#group ??= this.#openGroup());
    const statement = this.#exchangeOf(call);
    group.exchange.add(statement);
    group.members.push({ statement, onOver });
  }

  /** Sends the statements that have joined so far. Call this before anything else is sent. */
  flush(): void {
    const group = this.#group;
    if (!group) return;
    this.#group = undefined;
    this.#write(group.exchange);
  }

  #openGroup(): OpenGroup {
    const members: OpenGroup['members'] = [];
    process.nextTick(() => this.flush());
    const owner = new ExchangeUnderWay(this.#line, (lost, status) => {
      const cause = lost && (exchange.failure ?? lost);
      for (const { statement, onOver } of members) onOver(outcomeOf(statement, cause, status, undefined));
    });
    const exchange = new GroupExchange(owner);
    return { exchange, members };
  }

  #write(exchange: KeptExchange | GroupExchange): void {
    tapOf(this.client)?.expect(exchange);
    const { stream } = this.client.connection;
    this.#writer ??= new MessageWriter();
    if (stream.writable) stream.write(exchange.write(this.#writer));
  }

  #exchangeOf({ config, values, use }: WireCall): StatementExchange {
    const parsed = this.#parsed;
    const named = use ?? (this.options.keepsNames ? namedControl(config, parsed) : undefined);
    // The answer to a control of the library is never described.
    const isControl = named !== use;
    const own = typeof config === 'string' ? undefined : (config as FullQueryConfig);
    return new StatementExchange(
      {
        text: own?.text ?? (config as string),
        values: values ?? [],
        use: named,
        rowMode: own?.rowMode,
        ownTypes: isControl ? undefined : (own?.types as TypeSource | undefined),
        types: isControl ? OWN_TYPES : clientInternals(this.client)._types,
      },
      parsed,
    );
  }

  get #parsed(): ParsedNames {
    return connectionInternals(this.client.connection).parsedStatements;
  }

  #loseAll(error: Error): void {
    for (const exchange of this.#line.underWay.all) exchange.end(error);
  }
}

/** `lost`: why the connection broke, if it did before the answer; `status`: that of the first answer. */
function outcomeOf(
  statement: StatementExchange,
  lost: Error | undefined,
  status: string | undefined,
  position: WireOutcome['position'],
): WireOutcome {
  const isLost = lost !== undefined && status === undefined;
  const failure = isLost ? (statement.failure ?? lost) : statement.failure;
  if (failure) return { failure, isLost, isInDoubt: statement.isInDoubt, position };
  return { result: statement.result as AnyResult, position, isOpen: status !== IDLE };
}
