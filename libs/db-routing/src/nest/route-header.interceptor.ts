import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { HttpAdapterHost } from '@nestjs/core';
import { catchError, Observable, tap, throwError } from 'rxjs';
import { systemClock } from '../clock';
import { RequestLimits } from '../pool/request-limits';
import type { RoutedPool } from '../pool/routed-pool';
import { type RoutingAttributes, withRoutingAttributes } from '../routing/attributes';
import { RouteTrace } from '../routing/route-trace';
import { withManager } from '../transaction/current';

export const ROUTE_HEADER = 'x-db-route';

/** On whose behalf a request runs; called once for each, after the guards. */
export type AttributesOf = (context: ExecutionContext) => RoutingAttributes;

/** For everything that one request asks of the database, in milliseconds. */
export const DEFAULT_REQUEST_BUDGET_MS = 10_000;

/** Runs each handler under its pool's transaction manager, and says in a header where its statements went. */
@Injectable()
export class RoutingInterceptor implements NestInterceptor {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly pool: RoutedPool,
    private readonly exposeRoute: boolean,
    private readonly attributesOf: AttributesOf = () => ({}),
    private readonly requestBudgetMs = DEFAULT_REQUEST_BUDGET_MS,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const trace = new RouteTrace();
    const handler = `${context.getClass().name}.${context.getHandler().name}`;
    const attributes = { handler, ...this.attributesOf(context) };
    const limits = new RequestLimits(systemClock, this.requestBudgetMs);
    endWithClient(limits, context);
    const handled = new Observable<unknown>((subscriber) =>
      trace.record(() =>
        limits.apply(() =>
          withRoutingAttributes(attributes, () =>
            withManager(this.pool.transactions, () => next.handle().subscribe(subscriber)),
          ),
        ),
      ),
    );
    if (!this.exposeRoute || context.getType() !== 'http') return handled;
    const response: unknown = context.switchToHttp().getResponse();
    const setHeader = () => {
      if (trace.entries.length > 0) {
        this.adapterHost.httpAdapter.setHeader(response, ROUTE_HEADER, trace.toString());
      }
    };
    return handled.pipe(
      tap(setHeader),
      catchError((error: unknown) => {
        setHeader();
        return throwError(() => error);
      }),
    );
  }
}

/** What runs for a client that goes away before it has its answer is given up. */
function endWithClient(limits: RequestLimits, context: ExecutionContext): void {
  if (context.getType() !== 'http') return;
  const response = context.switchToHttp().getResponse<{ raw?: ServerResponse } & ServerResponse>();
  // Fastify wraps Node's own response; Express extends it.
  const raw: ServerResponse = response.raw ?? response;
  raw.once('close', () => {
    if (!raw.writableFinished) limits.abort();
  });
}
