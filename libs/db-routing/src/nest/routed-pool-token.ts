import { Inject } from '@nestjs/common';
import { RoutedPool } from '../postgres/pool/routed-pool';
import { DEFAULT_NAME } from '../transaction/current';

/**
 * Returns the injection token of a pool: the class for the pool without a name, as with
 * `getDataSourceToken()` of @nestjs/typeorm.
 */
export function getRoutedPoolToken(name: string = DEFAULT_NAME): string | typeof RoutedPool {
  return name === DEFAULT_NAME ? RoutedPool : `${name}RoutedPool`;
}

/** Injects the pool with this name. */
export function InjectRoutedPool(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getRoutedPoolToken(name));
}
