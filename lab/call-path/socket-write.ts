import { Socket } from 'node:net';
import { librarySites } from './call-sites';

type Write = (this: Socket, ...given: unknown[]) => boolean;

/** Calls `told` once, just before the library's next write to a socket. */
export function beforeNextWrite(told: () => void): void {
  const { prototype } = Socket;
  // A socket normally inherits it from Duplex: an own property hides the inherited one until it is deleted.
  const own = Reflect.getOwnPropertyDescriptor(prototype, 'write');
  const write = Reflect.get(prototype, 'write') as Write;
  const watched: Write = function (...given) {
    if (librarySites().length > 0) {
      Reflect.deleteProperty(prototype, 'write');
      if (own) Reflect.defineProperty(prototype, 'write', own);
      told();
    }
    return write.apply(this, given);
  };
  Reflect.defineProperty(prototype, 'write', { value: watched, configurable: true, writable: true });
}
