/**
 * The shop's database and its roles, each with the least it needs: what a cluster for development and tests is started
 * with. docker/postgres/roles.sql and k8s/overlays/local/postgres/create-roles.sh make the same ones. Table privileges
 * are given by the migrations that make the tables.
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
