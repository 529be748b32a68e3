/**
 * The rooms of libs/db-routing/src by height, the highest first. A read passes down through the floors and
 * calls the side rooms below them on the way. They are listed in the order in which they may import each
 * other.
 */
const FLOORS = ['postgres/pool', 'execution', 'postgres/connections', 'postgres/lanes'];
const SIDE_ROOMS = [
  'postgres/protocol',
  'postgres/settings',
  'postgres/classify',
  'routing',
  'transaction',
  'cluster',
  'consistency',
  'postgres/position',
  'engine',
];
const ABOVE = ['nest', 'terminus', 'metrics', 'typeorm'];
const GROUND = 'ground';
const ROOMS = [...ABOVE, ...FLOORS, ...SIDE_ROOMS];

/** `ground` is for errors, clock, ambient, and other files that import nothing. */
export function roomOf(file: string): string {
  return ROOMS.find((room) => file.startsWith(`${room}/`)) ?? GROUND;
}

export function isFloor(room: string): boolean {
  return FLOORS.includes(room);
}

/** Whether `room` is above `other`. */
export function isAbove(room: string, other: string): boolean {
  return heightOf(room) > heightOf(other);
}

function heightOf(room: string): number {
  return room === GROUND ? 0 : ROOMS.length - ROOMS.indexOf(room);
}
