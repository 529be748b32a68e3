/** Why no service was made: shown as it is, without a stack. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
