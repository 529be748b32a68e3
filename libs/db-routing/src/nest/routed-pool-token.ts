import { Inject } from '@nestjs/common';
import { RoutedPool } from '../postgres/pool/routed-pool';
import { DEFAULT_NAME } from '../transaction/current';

/** What a pool is injected by: the class for the one without a name, as with @nestjs/typeorm's `getDataSourceToken()`. */
export function getRoutedPoolToken(name: string = DEFAULT_NAME): string | typeof RoutedPool {
  return name === DEFAULT_NAME ? RoutedPool : `${name}RoutedPool`;
}

/** Injects the pool of that name. */
export function InjectRoutedPool(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getRoutedPoolToken(name));
}
