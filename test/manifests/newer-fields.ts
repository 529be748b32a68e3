/**
 * Fields that the installed models are too old to know. They are checked here instead, by the values that their own
 * documentation allows; everything around them is validated by the model. When a newer model knows a field, its line
 * has to go: the spec says so.
 */
export interface NewerField {
  readonly kind: string;
  /** Below the object, array positions left out. */
  readonly path: string;
  /** The release that brought it. */
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
