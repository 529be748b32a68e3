import type { Service } from '../service';

/** Something that a caller does wrong, and the documented error that it gets. */
export interface Mistake {
  readonly what: string;
  readonly act: (service: Service) => unknown;
  /** The class of the error. */
  readonly error: string;
  /** What its message must say: the option, the value, the limit. */
  readonly says: RegExp;
}
