/** Where a rule or a hint sends reads: `primary`, `replica`, or the name of a replica group. */
export type Destination = string;

/** Destinations that are not groups; no group may have one of these names. */
export const ROLES = ['primary', 'replica'] as const;

export function isRole(destination: Destination): destination is (typeof ROLES)[number] {
  return destination === 'primary' || destination === 'replica';
}
