import type * as OpenApi from '@nestjs/swagger';

type DecoratorName = Extract<keyof typeof OpenApi, `Api${string}`>;
type DecoratorFactory = (
  ...args: unknown[]
) => (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => void;

const waiting: ((openApi: typeof OpenApi) => void)[] = [];

/**
 * Decorators of `@nestjs/swagger` that take effect when the document is generated. That package is a fifth of
 * what a service would otherwise load before it is ready, and a service that shows no documentation never
 * needs it.
 */
export const ApiBearerAuth = deferred('ApiBearerAuth');
export const ApiConflictResponse = deferred('ApiConflictResponse');
export const ApiCreatedResponse = deferred('ApiCreatedResponse');
export const ApiHeader = deferred('ApiHeader');
export const ApiNotFoundResponse = deferred('ApiNotFoundResponse');
export const ApiOkResponse = deferred('ApiOkResponse');
export const ApiOperation = deferred('ApiOperation');
export const ApiServiceUnavailableResponse = deferred('ApiServiceUnavailableResponse');
export const ApiTags = deferred('ApiTags');
export const ApiUnprocessableEntityResponse = deferred('ApiUnprocessableEntityResponse');

/** Applies every decorator that was used so far, in the order in which it was used. */
export function applyDeferred(openApi: typeof OpenApi): void {
  for (const apply of waiting.splice(0)) apply(openApi);
}

function deferred<Name extends DecoratorName>(name: Name): (typeof OpenApi)[Name] {
  const factory: DecoratorFactory = (...args) => {
    return (target, key, descriptor) => {
      waiting.push((openApi) => (openApi[name] as DecoratorFactory)(...args)(target, key, descriptor));
    };
  };
  return factory as (typeof OpenApi)[Name];
}
