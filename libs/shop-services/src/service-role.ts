import { type ServiceName, serviceNames } from './shop-services';

type Underscored<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}_${Underscored<Tail>}`
  : Name;

/** The database role of a service: its name, with underscores. */
export type ServiceRole = Underscored<ServiceName>;

export function serviceRole<Name extends string>(name: Name): Underscored<Name> {
  return name.replaceAll('-', '_') as Underscored<Name>;
}

export const serviceRoles: readonly ServiceRole[] = serviceNames.map(serviceRole);
