import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, concatMap, from, map, mergeMap, Observable, of, throwError } from 'rxjs';
import { type RoutingAttributes, withRoutingAttributes } from '../routing/attributes';
import type { Admission } from './admission';
import { RequestScope } from './request-scope';

/** Admits a request after all its guards, and runs its handler in its scope. */
@Injectable()
export class AdmissionInterceptor implements NestInterceptor {
  constructor(private readonly admission: Admission) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const attributes = this.admission.attributesIn(context);
    const scope = this.admission.scopeIn(context);
    if (scope instanceof RequestScope) return this.#admit(scope, attributes, next);
    return from(scope).pipe(mergeMap((begun) => this.#admit(begun, attributes, next)));
  }

  #admit(scope: RequestScope, attributes: RoutingAttributes, next: CallHandler): Observable<unknown> {
    const recalled = this.admission.admit(scope, attributes.subject);
    // A GraphQL request runs several handlers at once, so the attributes are not those of the whole request.
    scope.admit(undefined);
    const handled = new Observable((subscriber) =>
      scope.run(() => withRoutingAttributes(attributes, () => next.handle().subscribe(subscriber))),
    );
    const ending = this.#ending(scope, attributes.subject, handled);
    return recalled ? from(recalled).pipe(mergeMap(() => ending)) : ending;
  }

  /** Delays the answer until all work of its session has a position. */
  #ending(
    scope: RequestScope,
    subject: string | undefined,
    handled: Observable<unknown>,
  ): Observable<unknown> {
    const leave = () => this.admission.leave(scope, subject);
    // Usually there is nothing to wait for.
    const ended = (): Observable<void> => {
      const { settled } = scope.parts.session;
      if (settled) return from(settled.then(leave));
      const leaving = leave();
      return leaving ? from(leaving) : of(undefined);
    };
    return handled.pipe(
      concatMap((value) => ended().pipe(map(() => value))),
      catchError((error: unknown) => ended().pipe(mergeMap(() => throwError(() => error)))),
    );
  }
}
