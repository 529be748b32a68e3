/**
 * Fields that the installed models are too old to know. This file lists the values that their documentation
 * allows; the model validates everything else. When a newer model knows a field, its line must be removed,
 * and the spec fails until then.
 */
export interface NewerField {
  readonly kind: string;
  /** The path below the object, without array positions. */
  readonly path: string;
  /** The release that introduced the field. */
  readonly since: string;
  readonly allowed: readonly unknown[];
}

export const newerFields: readonly NewerField[] = [
  {
    kind: 'Cluster',
    path: '.spec.postgresql.synchronous.dataDurability',
    since: 'CloudNativePG 1.25',
    allowed: ['required', 'preferred'],
  },
  {
    kind: 'Cluster',
    path: '.spec.postgresql.synchronous.failoverQuorum',
    since: 'CloudNativePG 1.28',
    allowed: [true, false],
  },
];
