import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ConfigurationError } from '../errors';
import type { Admission } from './admission';
import { RequestScope } from './request-scope';

/**
 * Admits a request after the global guards of the modules that come before this one. An interceptor knows all
 * guards and all transports, but makes Nest run every handler through RxJS, which costs more than the
 * statement that a handler runs.
 */
@Injectable()
export class AdmissionGuard implements CanActivate {
  constructor(private readonly admission: Admission) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const scope = this.admission.scopeIn(context);
    // Only a handler that runs in the scope already belongs to it: a guard can't run the handler.
    if (!(scope instanceof RequestScope) || RequestScope.current() !== scope) throw outsideOfScope(context);
    const attributes = this.admission.attributesIn(context);
    const { subject } = attributes;
    const recalled = this.admission.admit(scope, subject);
    scope.admit(attributes);
    scope.beforeAnswer = () => this.admission.leave(scope, subject);
    return recalled ? recalled.then(() => true) : true;
  }
}

function outsideOfScope(context: ExecutionContext): ConfigurationError {
  return new ConfigurationError(
    'admission',
    'guard',
    `works for HTTP on Fastify; ${context.getClass().name} handles ${context.getType()}, or another adapter's requests`,
  );
}
