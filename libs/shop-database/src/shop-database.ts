/**
 * The shop's database and its roles with the privileges they need, for starting a cluster in development and
 * tests. docker/postgres/roles.sql and k8s/overlays/local/postgres/create-roles.sh create the same ones. The
 * migrations that create the tables grant the table privileges.
 */
export const shopDatabase = {
  name: 'shop',
  owner: 'migrator',
  roles: {
    migrator: {},
    order_service: {},
    history_service: {},
    /** Probes the nodes. */
    monitor: { memberOf: ['pg_monitor'] },
  },
} as const;

export type ShopRole = keyof typeof shopDatabase.roles;
