import type { Client } from 'pg';
import { passwordOf, type Passwords } from './passwords';

/**
 * The database and roles of a cluster, besides its two built-in users. The code that creates tables grants
 * their privileges.
 */
export interface DatabaseDefinition {
  readonly name: string;
  /** One of `roles`. */
  readonly owner: string;
  /**
   * All of them may log in and connect to the database. PUBLIC may not, and has no right to temporary tables
   * there, so a role can do only what it was granted.
   */
  readonly roles: Readonly<Record<string, RoleDefinition>>;
}

export interface RoleDefinition {
  /** Roles that PostgreSQL provides, for example `pg_monitor`. */
  readonly memberOf?: readonly string[];
}

export const SUPERUSER = 'postgres';
/** Standbys stream as this role. */
export const REPLICATOR = 'replicator';
/** Every cluster has this database. */
export const MAINTENANCE_DATABASE = 'postgres';

/** Used when the caller defines no database: the superuser works in the default database. */
export const NO_DATABASE: DatabaseDefinition = { name: MAINTENANCE_DATABASE, owner: SUPERUSER, roles: {} };

export function rolesOf({ roles }: DatabaseDefinition): string[] {
  return [SUPERUSER, REPLICATOR, ...Object.keys(roles)];
}

/**
 * Creates what does not exist yet: everything in a new cluster, and additions to the definition in a kept
 * one.
 */
export async function makeDatabase(
  client: Client,
  { name, owner, roles }: DatabaseDefinition,
  passwords: Passwords,
): Promise<void> {
  const isThere = await namesIn(client);
  const id = (text: string) => client.escapeIdentifier(text);
  const makeRole = async (role: string, attribute = '') => {
    const password = client.escapeLiteral(passwordOf(passwords, role));
    await client.query(`CREATE ROLE ${id(role)} LOGIN ${attribute} PASSWORD ${password}`);
  };
  if (!isThere.role(REPLICATOR)) await makeRole(REPLICATOR, 'REPLICATION');
  const added = Object.entries(roles).filter(([role]) => !isThere.role(role));
  for (const [role, { memberOf = [] }] of added) {
    await makeRole(role);
    for (const group of memberOf) await client.query(`GRANT ${id(group)} TO ${id(role)}`);
  }
  const isNew = !isThere.database(name);
  if (isNew) {
    await client.query(`CREATE DATABASE ${id(name)} OWNER ${id(owner)}`);
    await client.query(`REVOKE ALL ON DATABASE ${id(name)} FROM PUBLIC`);
  }
  const connecting = isNew ? Object.keys(roles) : added.map(([role]) => role);
  for (const role of connecting) await client.query(`GRANT CONNECT ON DATABASE ${id(name)} TO ${id(role)}`);
}

async function namesIn(client: Client) {
  const roles = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles');
  const databases = await client.query<{ name: string }>('SELECT datname AS name FROM pg_database');
  return {
    role: (wanted: string) => roles.rows.some(({ name }) => name === wanted),
    database: (wanted: string) => databases.rows.some(({ name }) => name === wanted),
  };
}
