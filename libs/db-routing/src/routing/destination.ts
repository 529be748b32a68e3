/** Where a rule or a hint sends reads: to the primary, to the replicas, or to a group of them by its name. */
export type Destination = string;

/** No group may be called so. */
export const ROLES = ['primary', 'replica'] as const;

export function isRole(destination: Destination): destination is (typeof ROLES)[number] {
  return destination === 'primary' || destination === 'replica';
}
