import { AmbientKey } from '../ambient';

/** What routing rules may ask about the work that a statement is part of. */
export interface RoutingAttributes {
  /** On whose behalf: the subject of the request's token. */
  readonly subject?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  /** 'Controller.method'; the Nest module sets it. */
  readonly handler?: string | undefined;
}

/** All that a rule can match on beside the statement itself. */
export interface RoutingContext extends RoutingAttributes {
  /** The database user of the pool. */
  readonly user: string;
  /** The application name of the pool. */
  readonly applicationName: string;
  /** Name of the transaction that the statement is part of. */
  readonly transaction?: string | undefined;
}

const NONE: RoutingAttributes = {};
const key = new AmbientKey<RoutingAttributes>('routing-attributes');

/** Runs `fn`, and what it awaits, with these attributes; those that it leaves out are kept from outside. */
export function withRoutingAttributes<R>(attributes: RoutingAttributes, fn: () => R): R {
  return key.run({ ...key.get(), ...attributes }, fn);
}

/** The attributes that the calling code runs with. */
export function routingAttributes(): RoutingAttributes {
  return key.get() ?? NONE;
}
