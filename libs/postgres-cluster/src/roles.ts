import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Client } from 'pg';

/** The database users of a cluster, each with the least it needs. */
export const databaseRoles = [
  'postgres',
  'migrator',
  'order_service',
  'history_service',
  'monitor',
  'replicator',
] as const;
export type DatabaseRole = (typeof databaseRoles)[number];

export type Passwords = Readonly<Record<DatabaseRole, string>>;

export const DEFAULT_DATABASE = 'shop';

export function generatePasswords(): Passwords {
  return Object.fromEntries(
    databaseRoles.map((role) => [role, randomBytes(18).toString('base64url')]),
  ) as unknown as Passwords;
}

export function savePasswords(file: string, passwords: Passwords): void {
  writeFileSync(file, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 });
}

export function loadPasswords(file: string): Passwords {
  return JSON.parse(readFileSync(file, 'utf8')) as Passwords;
}

/**
 * Table privileges are not given here but by the migrations that make the tables. PUBLIC loses CONNECT and
 * TEMPORARY on the database, so that a role can do what it was granted and no more.
 */
export async function createRoles(client: Client, passwords: Passwords): Promise<void> {
  const login = (role: DatabaseRole, attributes = '') =>
    `CREATE ROLE ${role} LOGIN ${attributes} PASSWORD ${client.escapeLiteral(passwords[role])}`;
  const statements = [
    login('migrator'),
    login('order_service'),
    login('history_service'),
    login('monitor'),
    'GRANT pg_monitor TO monitor',
    login('replicator', 'REPLICATION'),
    `CREATE DATABASE ${DEFAULT_DATABASE} OWNER migrator`,
    `REVOKE ALL ON DATABASE ${DEFAULT_DATABASE} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${DEFAULT_DATABASE} TO order_service, history_service, monitor`,
  ];
  for (const statement of statements) await client.query(statement);
}
