import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** By role. */
export type Passwords = Readonly<Record<string, string>>;

/** The known passwords, and a new one for every role that has none. */
export function withPasswords(roles: readonly string[], known: Passwords = {}): Passwords {
  const made = roles
    .filter((role) => !(role in known))
    .map((role) => [role, randomBytes(18).toString('base64url')]);
  return { ...known, ...(Object.fromEntries(made) as Passwords) };
}

/** @throws RangeError naming the role and the existing roles */
export function passwordOf(passwords: Passwords, role: string): string {
  const password = passwords[role];
  if (password !== undefined) return password;
  throw new RangeError(
    `role is "${role}"; this cluster was started with ${Object.keys(passwords).join(', ')}.`,
  );
}

export function savePasswords(file: string, passwords: Passwords): void {
  writeFileSync(file, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 });
}

export function loadPasswords(file: string): Passwords {
  return JSON.parse(readFileSync(file, 'utf8')) as Passwords;
}
