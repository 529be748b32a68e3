import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import { systemIdOf } from '../cluster/topology/system-id';
import type { SessionMemory } from '../consistency/session-memory';
import { InvalidConsistencyTokenError } from '../errors';
import type { RoutedPool } from '../postgres/pool/routed-pool';
import type { RoutingAttributes } from '../routing/attributes';
import { type GivenToken, RequestScope } from './request-scope';
import { positionOf, type RequestScopes } from './request-scopes';

/** Returns on whose behalf a request runs. Called once for each request, when it is admitted. */
export type AttributesOf = (context: ExecutionContext) => RoutingAttributes;

export interface AdmissionOptions {
  readonly pool: RoutedPool;
  readonly scopes: RequestScopes;
  readonly onInvalidToken: 'refuse' | 'ignore';
  readonly memory: SessionMemory | undefined;
  readonly attributesOf: AttributesOf;
}

/**
 * Admits a request when its subject is known: judges its tokens and recalls its memory. Takes its leave when
 * the handler has ended.
 */
export class Admission {
  constructor(private readonly options: AdmissionOptions) {}

  /** What routing rules may ask about the work in this context. */
  attributesIn(context: ExecutionContext): RoutingAttributes {
    return {
      handler: `${context.getClass().name}.${context.getHandler().name}`,
      ...this.options.attributesOf(context),
    };
  }

  /** The scope of the request, message or operation. */
  scopeIn(context: ExecutionContext): RequestScope | Promise<RequestScope> {
    const { scopes } = this.options;
    const type = context.getType<string>();
    if (type === 'http') {
      const request = nativeOf(context.switchToHttp().getRequest<Native<IncomingMessage>>());
      // The scope middleware has begun the scope, unless the application made its own adapter, which does not
      // pass every request through the middleware.
      return (
        RequestScope.of(request) ??
        scopes.begin(request, nativeOf(context.switchToHttp().getResponse<Native<ServerResponse>>()))
      );
    }
    // A transport may call back in the context of the request that opened its connection, so a message gets a
    // scope of its own; a GraphQL operation runs in the scope of its request.
    const isMessage = type === 'rpc' || type === 'ws';
    return (isMessage ? undefined : RequestScope.current()) ?? scopes.background();
  }

  /**
   * Judges the tokens, and recalls what the memory knows of the subject; undefined when there is no memory to
   * ask. Throws InvalidConsistencyTokenError when the request brought a token that is to be refused.
   */
  admit(scope: RequestScope, subject: string | undefined): Promise<void> | undefined {
    this.#judgeTokens(scope, subject);
    const { memory } = this.options;
    return memory && subject !== undefined ? this.#recall(scope, memory, subject) : undefined;
  }

  /**
   * Takes note of what the session has come to; call it when every position of the session has arrived.
   * Undefined when there is no memory to tell.
   */
  leave({ parts: { session } }: RequestScope, subject: string | undefined): Promise<void> | undefined {
    const { pool, memory } = this.options;
    const { position } = session;
    if (session.wasAhead) pool.emit('token', 'ahead');
    if (!position || !memory || subject === undefined) return undefined;
    return memory.advance(subject, position).catch((error: unknown) => {
      pool.emit('warning', error);
    });
  }

  #judgeTokens({ parts: { given, session, carrier } }: RequestScope, subject: string | undefined): void {
    const { scopes, onInvalidToken, pool } = this.options;
    if (given.objection !== undefined) throw new InvalidConsistencyTokenError(given.objection);
    carrier?.bindTo(subject);
    if (given.tokens.length === 0) return;
    const own: GivenToken[] = [];
    for (const token of given.tokens) {
      if (carrier?.accepts(token.opened, token.text)) {
        pool.emit('token', 'accepted');
        own.push(token);
        continue;
      }
      scopes.object('foreign');
      if (!token.isCookie && onInvalidToken === 'refuse') throw new InvalidConsistencyTokenError('foreign');
    }
    if (given.position && own.length < given.tokens.length) session.disown(given.position, positionOf(own));
  }

  /** Recalls what the memory knows of the subject. */
  async #recall({ parts: { session } }: RequestScope, memory: SessionMemory, subject: string): Promise<void> {
    const { pool, scopes } = this.options;
    try {
      const remembered = await memory.recall(subject);
      const systemId = systemIdOf(pool.topology);
      // A memory outlives its cluster, which may have been created again or restored from a backup.
      if (!remembered || remembered.systemId !== (systemId ?? remembered.systemId)) return;
      // Until the memory has forgotten that timeline, it keeps nothing newer.
      if (await scopes.isOfNoHistory(remembered)) doubt(session);
      else session.recall(remembered);
    } catch (error) {
      pool.emit('warning', error);
      doubt(session);
    }
  }
}

/** The subject may have written what the session does not know of: only the primary is certain to have it. */
function doubt(session: RequestScope['parts']['session']): void {
  session.startWrite();
}

/** Fastify wraps Node's own messages; Express extends them. */
type Native<T> = T & { readonly raw?: T };

function nativeOf<T extends object>(message: Native<T>): T {
  return message.raw ?? message;
}
