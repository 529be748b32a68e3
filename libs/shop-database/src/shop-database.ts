import { type ServiceRole, serviceRoles } from '@app/shop-services';

/**
 * The shop's database and its roles with the privileges they need, for starting a cluster in development and
 * tests. docker/postgres/roles.sql and k8s/overlays/local/postgres/create-roles.sh create the same ones. The
 * migrations that create the tables grant the table privileges. Each service has the role that is named after
 * it.
 */
export const shopDatabase = {
  name: 'shop',
  owner: 'migrator',
  roles: {
    migrator: {},
    ...servicesWithoutPrivileges(),
    /** Probes the nodes. */
    monitor: { memberOf: ['pg_monitor'] },
  },
} as const;

export type ShopRole = keyof typeof shopDatabase.roles;

function servicesWithoutPrivileges(): Readonly<Record<ServiceRole, object>> {
  return Object.fromEntries(serviceRoles.map((role) => [role, {}])) as Record<ServiceRole, object>;
}
