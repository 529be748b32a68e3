import { AmbientKey, type AmbientValue } from '../ambient';

/** Facts about the caller that routing rules can match on. */
export interface RoutingAttributes {
  /** The subject of the request's token: the user that the work is for. */
  readonly subject?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  /** `Controller.method`; the Nest module sets it. */
  readonly handler?: string | undefined;
}

/** Everything that a rule can match on, apart from the statement itself. */
export interface RoutingContext extends RoutingAttributes {
  /** The database user of the pool. */
  readonly user: string;
  /** The application name of the pool. */
  readonly applicationName: string;
  /** Name of the transaction that the statement is part of; undefined outside a transaction. */
  readonly transaction?: string | undefined;
}

const NONE: RoutingAttributes = {};
const key = new AmbientKey<RoutingAttributes>('routing-attributes');

/**
 * Runs `fn`, and what it awaits, with these attributes. Attributes that are left out keep the value of the
 * surrounding call.
 */
export function withRoutingAttributes<R>(attributes: RoutingAttributes, fn: () => R): R {
  return key.run({ ...key.get(), ...attributes }, fn);
}

/** A value for ambientWith(): what runs with it has these attributes, also those that they get later. */
export function ambientAttributes(attributes: RoutingAttributes): AmbientValue {
  return key.with(attributes);
}

/** The attributes of the calling code. */
export function routingAttributes(): RoutingAttributes {
  return key.get() ?? NONE;
}
